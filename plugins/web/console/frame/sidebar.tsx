/** Where one can go: the system's pages, then the pages of plugins that have one. */

import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { type LivePlugin, useLive } from '../live/live.tsx';
import { isInTrouble, isUnhealthy } from '../live/trouble.ts';
import { TroubleSign } from '../parts/state-word.tsx';
import { useSession } from '../session/session.tsx';
import { Brand } from './brand.tsx';
import { Icon, type IconName } from './icons.tsx';
import { PluginIcon } from './plugin-icon.tsx';
import { SignedInUser } from './signed-in-user.tsx';

interface Item {
  readonly path: string;
  readonly icon: IconName;
  readonly word: string;
  readonly isForAdmins?: boolean;
}

const ITEMS: readonly Item[] = [
  { path: '/plugins', icon: 'plugins', word: 'Plugins' },
  { path: '/logs', icon: 'logs', word: 'Logs' },
  { path: '/crashes', icon: 'crashes', word: 'Crashes' },
  { path: '/tasks', icon: 'tasks', word: 'Tasks' },
  { path: '/system', icon: 'system', word: 'System' },
  { path: '/users', icon: 'users', word: 'Users', isForAdmins: true },
];

export function Sidebar() {
  const [path] = useLocation();
  const { mayAdmin } = useSession();
  const views = usePluginsWithView();
  const items = ITEMS.filter(({ isForAdmins }) => isForAdmins !== true || mayAdmin);
  return (
    <>
      <Link href="/plugins" className="sidebar-brand" aria-label="toru: all plugins">
        <Brand />
      </Link>
      <nav aria-label="Pages">
        <ul className="sidebar-list">
          {items.map(({ path: to, icon, word }) => (
            <li key={to}>
              <Link href={to} className="sidebar-item" aria-current={currentOf(path, to)}>
                <Icon name={icon} />
                {word}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {views.length === 0 ? null : (
        <nav aria-labelledby="sidebar-plugins" className="sidebar-plugins">
          <h2 id="sidebar-plugins">Plugins</h2>
          <ul className="sidebar-list">
            {views.map((plugin) => (
              <li key={plugin.id}>
                <Link
                  href={viewPath(plugin.id)}
                  className="sidebar-item"
                  aria-current={path === viewPath(plugin.id) ? 'page' : undefined}
                >
                  <PluginIcon plugin={plugin} />
                  <span className="sidebar-name">{plugin.name || plugin.id}</span>
                  {isInTrouble(plugin) ? (
                    <span className="sidebar-trouble">
                      <TroubleSign state={plugin.state} isUnhealthy={isUnhealthy(plugin)} />
                    </span>
                  ) : null}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <SignedInUser />
    </>
  );
}

function viewPath(id: string): string {
  return `/plugins/${encodeURIComponent(id)}/view`;
}

/** A page below an item is still the item's; a plugin's own page has an entry of its own. */
function currentOf(path: string, to: string): 'page' | 'true' | undefined {
  if (path === to) return 'page';
  return path.startsWith(`${to}/`) && !path.endsWith('/view') ? 'true' : undefined;
}

/** Enabled plugins that have a page, by name. */
function usePluginsWithView(): readonly LivePlugin[] {
  const { plugins } = useLive();
  return useMemo(
    () =>
      (plugins ?? [])
        .filter(({ enabled, bundle }) => enabled && bundle !== undefined)
        .sort((one, other) => one.name.localeCompare(other.name)),
    [plugins],
  );
}
