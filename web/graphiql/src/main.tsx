import './workers.ts';
import 'graphiql/style.css';
import './page.css';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { deskFetcher } from './fetcher.ts';
import { Examples, FirstRun } from './Examples.tsx';
import { tabs } from './tabs.ts';
import { TokenField, storedToken } from './TokenField.tsx';

const fetcher = deskFetcher(new URL('/graphql', location.href).href, storedToken);

createRoot(document.getElementById('root')!).render(
  <>
    <TokenField />
    <GraphiQL fetcher={fetcher} defaultTabs={tabs} defaultEditorToolsVisibility="variables" inputValueDeprecation>
      <GraphiQL.Logo>Surga</GraphiQL.Logo>
      <GraphiQL.Toolbar>
        {({ prettify, merge, copy }) => (
          <>
            {prettify}
            {merge}
            {copy}
            <Examples />
            <FirstRun />
          </>
        )}
      </GraphiQL.Toolbar>
    </GraphiQL>
  </>,
);
