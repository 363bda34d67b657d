/** What every page is: a heading that gets the focus when one comes to it, the document's title, and what it shows. */

import { type ReactNode, useEffect, useRef } from 'react';

export interface PageProps {
  /** Heading, and beginning of the document's title. */
  readonly title: string;
  /** Beside the heading, on its right. */
  readonly actions?: ReactNode;
  /** Beside the heading, on its left: an icon, a state. */
  readonly lead?: ReactNode;
  /** Below the heading. */
  readonly subtitle?: ReactNode;
  readonly children: ReactNode;
}

/** The first page is read from its beginning. */
let hasShownPage = false;

export function Page({ title, actions, lead, subtitle, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · toru`;
    if (hasShownPage) heading.current?.focus();
    hasShownPage = true;
  }, [title]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead}
        </div>
        {actions === undefined ? null : <div className="page-actions">{actions}</div>}
        {subtitle === undefined ? null : <div className="page-subtitle">{subtitle}</div>}
      </header>
      {children}
    </div>
  );
}
