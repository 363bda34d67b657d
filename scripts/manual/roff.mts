/** Text for man(7) pages. */

/** Text as it stands, whatever is in it. A hyphen stays one that may be broken at; `literal` keeps it a minus. */
export function plain(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('\t', ' ');
  return escaped
    .split('\n')
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join('\n');
}

/** What is typed as it stands: minus signs that can be copied. */
export function literal(text: string): string {
  return plain(text).replaceAll('-', '\\-').replaceAll('~', '\\(ti').replaceAll('^', '\\(ha');
}

export function bold(text: string): string {
  return `\\fB${literal(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${literal(text)}\\fR`;
}

/** A sentence of a table: capital first, but for names of things, and full stop last. */
export function sentence(text: string): string {
  const isName = !/^[a-z]+[ ,:;.]/.test(text) || /^(torud?|null|true|false)\b/.test(text);
  const first = isName ? text.charAt(0) : text.charAt(0).toUpperCase();
  const ended = /[.:!?]$/.test(text) ? text : `${text}.`;
  return plain(`${first}${ended.slice(1)}`);
}

/** One entry of a list of terms. */
export function term(head: string, ...body: readonly string[]): string {
  return ['.TP', head, ...body].join('\n');
}

export function section(title: string): string {
  return `.SS ${title}`;
}

export function example(lines: readonly string[]): string {
  return ['.IP', '.EX', ...lines.map(literal), '.EE'].join('\n');
}
