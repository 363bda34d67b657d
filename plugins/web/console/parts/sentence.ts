/** Texts of torud, which begin small and end without a full stop, as sentences of their own. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const begun = /^[a-z]+[ ,]/.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?…)]$/.test(begun) ? begun : `${begun}.`;
}
