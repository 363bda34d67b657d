/** Who is signed in, and the way out. */

import { Link } from 'wouter';
import { useToast } from '../parts/toasts.tsx';
import { useSession } from '../session/session.tsx';
import { Icon } from './icons.tsx';

export function SignedInUser() {
  const { user, signOut } = useSession();
  const toast = useToast();
  const leave = async (): Promise<void> => {
    const problem = await signOut();
    if (problem !== undefined) toast.showProblem('You are still signed in', problem);
  };
  return (
    <div className="sidebar-user">
      <Link href="/users" className="sidebar-user-words" title="Your password and tokens">
        <span className="sidebar-user-name">{user.name}</span> <span className="dim">{user.role}</span>
      </Link>
      <button
        type="button"
        className="icon-button"
        aria-label="Sign out"
        title="Sign out"
        onClick={() => void leave()}
      >
        <Icon name="leave" />
      </button>
    </div>
  );
}
