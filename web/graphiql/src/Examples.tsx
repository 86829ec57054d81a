import { ToolbarMenu, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import { examples, tabs } from './tabs.ts';

/** A menu of further operations; each opens in a tab of its own. */
export function Examples() {
  const { addTab } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useEditors();
  function open(name: string) {
    const example = examples[name];
    if (!example) return;
    addTab();
    queryEditor?.setValue(example.query);
    variableEditor?.setValue(example.variables ?? '');
  }
  return (
    <ToolbarMenu button={<span className="examples">Contoh</span>}>
      {Object.keys(examples).map((name) => (
        <ToolbarMenu.Item key={name} onSelect={() => open(name)}>
          {name}
        </ToolbarMenu.Item>
      ))}
    </ToolbarMenu>
  );
}

/** Runs the first query once, so that a page which was just opened shows what an answer looks like. */
export function FirstRun() {
  const { run } = useGraphiQLActions();
  const { queryEditor, responseEditor } = useEditors();
  const done = useRef(false);
  useEffect(() => {
    if (done.current || !queryEditor || !responseEditor) return;
    done.current = true;
    // What a reader has left open may change something: only the query that is offered runs by itself.
    if (queryEditor.getValue().trim() === tabs[0]?.query?.trim()) run();
  }, [queryEditor, responseEditor, run]);
  return null;
}

function useEditors() {
  return useGraphiQL(({ queryEditor, variableEditor, responseEditor }) => ({
    queryEditor,
    variableEditor,
    responseEditor,
  }));
}
