import { wordsOf, type Parts } from './parts.ts';
import { emsOf } from '@surga/shared/widths';

const SHOWN = 5;
/** Letters: names of categories take two lines. */
const LONGEST_WORD = 16;

/** On the board of one agency: what its reports are about, since whose they are stands in the title. */
export function Categories({ board, settings }: Parts) {
  const { say, number } = wordsOf(settings);
  const found = board.byCategory.filter(({ count }) => count > 0);
  const rest = found.slice(SHOWN);
  const lines = [
    ...found.slice(0, SHOWN).map(({ category, count }, place) => ({
      key: String(place),
      name: category?.name ?? say('noCategory'),
      count,
      bar: true,
    })),
    ...(rest.length
      ? [
          {
            key: '+',
            name: say('otherCategories', { n: number(rest.length) }),
            count: rest.reduce((sum, { count }) => sum + count, 0),
            bar: false,
          },
        ]
      : []),
  ];
  const most = Math.max(1, ...lines.filter(({ bar }) => bar).map(({ count }) => count));
  const ems = emsOf(lines.map(({ name, count }) => [name.slice(0, LONGEST_WORD), number(count)]));
  return (
    <section className="panel agencies categories" style={{ '--ems': ems } as React.CSSProperties}>
      <table>
        <caption>{say('categories')}</caption>
        <thead>
          <tr>
            <th scope="col">{say('categoryCode')}</th>
            <th scope="col">{say('reportsShort')}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ key, name, count, bar }) => (
            <tr key={key}>
              <th scope="row">
                <span className="name">{name}</span>
                {bar && (
                  <span className="bar" style={{ '--open': count / most, '--late-part': 0 } as React.CSSProperties} />
                )}
              </th>
              <td>{number(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
