import type { Language } from '@surga/shared/formats';
import { texts } from '@surga/shared/texts';
import { FIELDS, named, offered, type Choices, type Field, type Narrowing } from './narrowing.ts';

const MANY = 'many';

type Given = { chosen: Narrowing; choose: (narrowing: Narrowing) => void; choices: Choices; language: Language };

/** One list for each field; a screen that is bound to an agency is asked about all but that. */
export function Filters({ chosen, choose, choices, language }: Given) {
  const say = texts(language);
  const change = (field: Field, code: string) => {
    const { [field]: _, ...rest } = chosen;
    choose(code === '' ? rest : { ...rest, [field]: [code] });
  };
  return (
    <fieldset>
      <legend>{say('shown')}</legend>
      {choices.own && <p>{choices.own.name}</p>}
      {FIELDS.filter((field) => !choices.own || field !== 'agencyCode').map((field) => (
        <label key={field} className="filter">
          <span>{say(field)}</span>
          <Values
            field={field}
            values={chosen[field] ?? []}
            change={(code) => change(field, code)}
            choices={choices}
            language={language}
          />
        </label>
      ))}
    </fieldset>
  );
}

type Chosen = {
  field: Field;
  values: string[];
  change: (code: string) => void;
  choices: Choices;
  language: Language;
};

function Values({ field, values, change, choices, language }: Chosen) {
  const list = offered(field, choices, language);
  const [given = ''] = values;
  const only = list.find(({ code }) => code.toLowerCase() === given.toLowerCase())?.code ?? given;
  // The address may name several, or one that the city does not have.
  const other = values.length > 1 || (only !== '' && !list.some(({ code }) => code === only));
  return (
    <select name={field} value={other ? MANY : only} onChange={(event) => change(event.target.value)}>
      <option value="">{texts(language)('all')}</option>
      {other && (
        <option value={MANY} disabled>
          {named(field, values, choices, language)}
        </option>
      )}
      {list.map(({ code, name }) => (
        <option key={code} value={code}>
          {name}
        </option>
      ))}
    </select>
  );
}
