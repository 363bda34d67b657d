/** Signs of the system items in the sidebar; never without the word beside them. */

const PATHS = {
  plugins: 'M3 3h4v4H3zM9 3h4v4H9zM3 9h4v4H3zM9 9h4v4H9z',
  logs: 'M3 4h10M3 8h10M3 12h6',
  crashes: 'M8 2.5L14 13.5H2zM8 6.5v3M8 11.5v.2',
  tasks: 'M4 3l8 5l-8 5z',
  system: 'M2 9h3l2-5l2 8l2-3h3',
  users: 'M8 8a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5zM3 13.5c0-3 2-4.5 5-4.5s5 1.5 5 4.5',
  menu: 'M2 4h12M2 8h12M2 12h12',
  close: 'M4 4l8 8M12 4l-8 8',
  leave: 'M10 4V2.5H3v11h7V12M6.5 8H14M11.5 5.5L14 8l-2.5 2.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
