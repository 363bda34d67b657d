/** Something is under way. Shown only when it takes a moment, so that quick answers do not flash. */
export function Loading({ what = 'Loading' }: { readonly what?: string }) {
  return (
    <p className="loading" role="status">
      {what}…
    </p>
  );
}
