/** Opening a plugin's page in a frame: again when its bundle is another one, and when what failed may go well now. */

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import type { Plugin } from '../../api/answer-types.ts';
import { useLive } from '../../live/live.tsx';
import { type ToastDesk, useToast } from '../../parts/toasts.tsx';
import { editionOf } from './load-bundle.ts';
import { openPage } from './open-page.ts';
import { makePageApi } from './page-api.ts';
import type { PageFault } from './page-fault.ts';

const TOASTS = { info: 'info', success: 'good', error: 'bad' } as const;

export type PageState =
  | { readonly kind: 'loading' }
  /** `fault`: of what it threw later. */
  | { readonly kind: 'open'; readonly edition: string; readonly fault?: PageFault }
  | { readonly kind: 'fault'; readonly fault: PageFault };

const LOADING: PageState = { kind: 'loading' };

export interface PluginPageHandle {
  readonly state: PageState;
  /** Opens it anew. */
  again(): void;
  /** Forgets what it threw later. */
  putAway(): void;
}

export function usePluginPage(plugin: Plugin, frame: RefObject<HTMLDivElement | null>): PluginPageHandle {
  const { id, name, route = null } = plugin;
  const [state, setState] = useState<PageState>(LOADING);
  const [attempt, setAttempt] = useState(0);
  const [, navigate] = useLocation();
  const toast = useToast();
  const again = useCallback(() => setAttempt((before) => before + 1), []);
  useEffect(() => {
    if (frame.current === null) return;
    setState(LOADING);
    const left = new AbortController();
    const leave = openPage({
      id,
      frame: frame.current,
      api: makePageApi({ id, route }, deskOf({ id, name }, navigate, toast, left.signal)),
      attempt,
      onOpen: (edition) => setState({ kind: 'open', edition }),
      onFault: (fault) => {
        if (fault.stage === 'unmount')
          toast.show({ kind: 'bad', text: `The page of ${id} did not end well: ${fault.text}` });
        else setState((before) => stateAfter(before, fault));
      },
    });
    return () => {
      left.abort();
      toast.dismiss(id);
      leave();
    };
  }, [id, name, route, frame, attempt, navigate, toast]);
  useNewEdition(plugin, state, again);
  const putAway = (): void =>
    setState((before) => (before.kind === 'open' ? { kind: 'open', edition: before.edition } : before));
  return { state, again, putAway };
}

/** A page that one has left must not move one away from where one is, and its messages go with it. */
function deskOf(
  { id, name }: Pick<Plugin, 'id' | 'name'>,
  navigate: (path: string) => void,
  toast: ToastDesk,
  left: AbortSignal,
) {
  return {
    navigate: (path: string): void => {
      if (!left.aborted) navigate(path);
    },
    showToast: (text: string, kind: keyof typeof TOASTS): void => {
      if (!left.aborted) toast.show({ kind: TOASTS[kind] ?? 'info', text: `${name}: ${text}`, owner: id });
    },
  };
}

/** Another version, another run, torud back again: its files may be others now. */
function useNewEdition({ id, version, runId }: Plugin, state: PageState, again: () => void): void {
  const { state: liveState } = useLive();
  const toast = useToast();
  const known = useRef<string>(undefined);
  const edition = state.kind === 'open' ? state.edition : undefined;
  const hasFailed = state.kind === 'fault';
  const life = `${version} ${runId} ${liveState}`;
  useEffect(() => {
    if (edition === undefined && !hasFailed) return;
    const before = known.current;
    known.current = life;
    if (before === undefined || before === life) return;
    if (edition === undefined) return again();
    const ended = new AbortController();
    void editionOf(id, ended.signal).then((now) => {
      if (!now.ok || now.value === edition || ended.signal.aborted) return;
      toast.show({ kind: 'info', text: `${id} has a new page: it was opened anew.` });
      again();
    });
    return () => ended.abort();
  }, [id, edition, hasFailed, life, toast, again]);
}

function stateAfter(before: PageState, fault: PageFault): PageState {
  if (fault.stage !== 'later') return { kind: 'fault', fault };
  return before.kind === 'open' ? { ...before, fault } : before;
}
