/** The name, with its sign. */
export function Brand() {
  return (
    <span className="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="7" />
        <path d="M8 9h16M16 9v14M11 16h10" />
      </svg>
      toru
    </span>
  );
}
