/** Lines of a page as mandoc(1) wants them: text of at most 78 bytes, examples and heads as they are. */

const MAX_LENGTH = 78;

export function wrapped(page: string): string {
  const lines: string[] = [];
  let isExample = false;
  let isHead = false;
  for (const line of page.split('\n')) {
    if (line === '.EX') isExample = true;
    const isText = !line.startsWith('.') && !isExample && !isHead;
    lines.push(...(isText ? wrap(line) : [line]));
    if (line === '.EE') isExample = false;
    isHead = line === '.TP';
  }
  return lines.join('\n');
}

function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (lengthOf(joined) <= MAX_LENGTH || current === '') current = joined;
    else {
      lines.push(current);
      // A line that begins with a full stop or an apostrophe would be taken for a request.
      current = /^[.']/.test(word) ? `\\&${word}` : word;
    }
  }
  return [...lines, current];
}

/** As mandoc counts: what is not ASCII counts as its escape, \\[u2026]. */
function lengthOf(text: string): number {
  return text.replaceAll(/\P{ASCII}/gu, '\\[u0000]').length;
}
