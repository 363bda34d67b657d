/** What stands around every page: sidebar, or a drawer where there is little room, and the banner. */

import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { useMissing } from '../live/live.tsx';
import { Banner } from './banner.tsx';
import { Brand } from './brand.tsx';
import { Icon } from './icons.tsx';
import { Sidebar } from './sidebar.tsx';

export function Frame({ children }: { readonly children: ReactNode }) {
  const [isOpen, setIsOpen] = useState(false);
  const [path] = useLocation();
  const isAway = useMissing() !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has chosen a page wants to see it.
  useEffect(() => setIsOpen(false), [path]);
  return (
    <div className={isAway ? 'frame frame-away' : 'frame'}>
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <header className="top-bar">
        <button
          type="button"
          className="icon-button"
          aria-label="Menu"
          aria-expanded={isOpen}
          aria-haspopup="dialog"
          onClick={() => setIsOpen(true)}
        >
          <Icon name="menu" />
        </button>
        <Brand />
      </header>
      <aside className="sidebar" aria-label="Sidebar">
        <Sidebar />
      </aside>
      {isOpen ? <Drawer onClose={() => setIsOpen(false)} /> : null}
      <main id="main" className="main" tabIndex={-1}>
        <Banner />
        {children}
      </main>
    </div>
  );
}

/** The sidebar above the page; Escape, or a click beside it, closes it. */
function Drawer({ onClose }: { onClose(): void }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    ref.current?.showModal();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the key for it, as `cancel`.
    <dialog
      ref={ref}
      className="drawer"
      aria-label="Menu"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <div className="drawer-box">
        <button
          type="button"
          className="icon-button drawer-close"
          aria-label="Close the menu"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
        <Sidebar />
      </div>
    </dialog>
  );
}
