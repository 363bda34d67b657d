/** Users, tokens, the audit; for those who are no admins, their own tokens and password. */

import { useState } from 'react';
import { Page } from '../../parts/page.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { useSession } from '../../session/session.tsx';
import { Audit } from './audit.tsx';
import { OwnPassword } from './own-password.tsx';
import { TokenList } from './token-list.tsx';
import { UserList } from './user-list.tsx';
import '../../look/sections.css';
import './users.css';

const OWN_TABS = [
  { id: 'tokens', label: 'Tokens' },
  { id: 'password', label: 'Your password' },
];
const ADMIN_TABS = [{ id: 'users', label: 'Users' }, ...OWN_TABS, { id: 'audit', label: 'Audit' }];

export function UsersPage() {
  const { mayAdmin } = useSession();
  const tabs = mayAdmin ? ADMIN_TABS : OWN_TABS;
  const [tab, setTab] = useState(mayAdmin ? 'users' : 'password');
  return (
    <Page title={mayAdmin ? 'Users' : 'Your account'}>
      <section>
        <Tabs label="Users" tabs={tabs} active={tab} onSelect={setTab}>
          {tab === 'users' ? <UserList /> : null}
          {tab === 'tokens' ? <TokenList /> : null}
          {tab === 'password' ? <OwnPassword /> : null}
          {tab === 'audit' ? <Audit /> : null}
        </Tabs>
      </section>
    </Page>
  );
}
