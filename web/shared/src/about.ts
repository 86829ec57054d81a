/** Whose a report is and what it is about, in a line. */
type Agency = { code: string; name: string; shortName: string };
type Report = { agency: Agency | null; category: { name: string } | null };
type About = { what: string; whose?: { short: string; long: string } };

/** Letters that a short name may have where names stand in columns. */
const SHORT = 16;

/** What everybody in town calls an agency; its code where the city's file has no short name for it. */
export function shortOf({ code, shortName }: Pick<Agency, 'code' | 'shortName'>): string {
  return shortName.length <= SHORT ? shortName : code;
}

/** What is known of it. nobodys: what one says that is nobody's, and once where it is about nothing yet either. */
export function aboutOf({ agency, category }: Report, nobodys: string, ofOneAgency: boolean): About {
  const what = category?.name ?? '–';
  if (ofOneAgency) return { what };
  if (agency) return { what, whose: { short: shortOf(agency), long: agency.name } };
  return category ? { what, whose: { short: '–', long: nobodys } } : { what: nobodys };
}
