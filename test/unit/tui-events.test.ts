/** The events screen: two feeds merged by time, kinds, filter, following, the past, and what an event leads to. Pure. */

import { describe, expect, test } from 'vitest';
import { doors } from '../../src/cli/tui/doors.ts';
import { MAX_ROWS } from '../../src/cli/tui/screens/events/event-feeds.ts';
import { eventsScreen } from '../../src/cli/tui/screens/events/events.ts';
import type { AuditEvent } from '../../src/protocol/control/audit.ts';
import type { EventType, PluginEvent } from '../../src/protocol/control/events.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { ActionStage, WALL_MS } from './tui-action-stage.ts';

const PLUGINS = [pluginStatus('crm'), pluginStatus('web')];
const HOUR_MS = 3_600_000;

/** Seconds after an hour before now. */
function at(seconds: number): string {
  return new Date(WALL_MS - HOUR_MS + seconds * 1000).toISOString().replace('Z', '000Z');
}

function event(
  id: number,
  seconds: number,
  type: EventType = 'ready',
  more: Partial<PluginEvent> = {},
): PluginEvent {
  return {
    id,
    at: at(seconds),
    plugin: 'crm',
    type,
    reason: `reason ${id}`,
    actor: null,
    details: {},
    ...more,
  };
}

function audit(id: number, seconds: number, more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id,
    at: at(seconds),
    plugin: 'web',
    type: 'audit',
    reason: `ops (uid 1000) ran stop web: done ${id}`,
    actor: { kind: 'user', uid: 1000, name: 'ops', pid: 42 },
    details: { method: 'plugin.stop', params: { names: ['web'] }, result: { ok: true } },
    ...more,
  };
}

class EventStage extends ActionStage {
  constructor(id?: string, size = { columns: 100, rows: 20 }) {
    super(PLUGINS, { screen: eventsScreen(doors, id), size });
  }

  events(part: 'page' | 'live', events: readonly PluginEvent[], isCut = false): void {
    const { tag } = this.followOf(`/${part}/event.read`);
    this.send({ type: 'items', tag, items: [{ events, ...(isCut ? { isCut } : {}) }] });
  }

  audit(part: 'page' | 'live', entries: readonly AuditEvent[]): void {
    this.send({ type: 'items', tag: this.followOf(`/${part}/audit.read`).tag, items: [{ entries }] });
  }

  endPage(feed: 'event' | 'audit'): void {
    const { tag } = this.followOf(`/page/${feed}.read`);
    this.send({ type: 'ended', tag, failure: undefined });
  }

  /** Both feeds begin with these, and have no past. */
  load(events: readonly PluginEvent[], entries: readonly AuditEvent[] = []): this {
    this.events('page', events);
    this.endPage('event');
    this.audit('page', entries);
    this.endPage('audit');
    return this;
  }

  /** Ids of the reasons that are to be seen, from the top. */
  seen(): readonly number[] {
    return this.lines()
      .flatMap((one) => /(?:reason|done) (\d+)/.exec(one)?.[1] ?? [])
      .map(Number);
  }

  /** Line of the cursor. */
  cursor(): string {
    return this.lines().find((one) => one.startsWith('▸')) ?? '';
  }
}

describe('the time line', () => {
  test('has both feeds merged by time, the newest at the bottom, with who and why', () => {
    const stage = new EventStage().load([event(1, 1), event(2, 30)], [audit(7, 10), audit(8, 40)]);
    expect(stage.seen()).toEqual([1, 7, 2, 8]);
    expect(stage.cursor()).toContain('done 8');
    expect(stage.text()).toMatch(/audit +ops \(uid 1000\) ran stop web/);
    expect(stage.text()).toContain('all · following');
  });

  test('goes on with what comes, from the newest that is known, and takes nothing twice', () => {
    const stage = new EventStage().load([event(1, 1)], [audit(7, 2)]);
    expect(stage.followOf('/live/event.read').params).toMatchObject({ follow: true, afterId: 1 });
    expect(stage.followOf('/live/audit.read').params).toMatchObject({ follow: true, afterId: 7 });
    stage.events('live', [event(1, 1), event(2, 3)]);
    expect(stage.seen()).toEqual([1, 7, 2]);
    const live = stage.followOf('/live/event.read');
    expect(live.resume({ events: [event(5, 9)] })).toMatchObject({ follow: true, afterId: 5 });
    expect(live.resume(undefined)).toMatchObject({ follow: true, afterId: 1 });
  });

  test('of one plugin asks for that one, and shows no column for it', () => {
    const stage = new EventStage('crm').load([event(1, 1)]);
    for (const { params } of stage.follows) expect(params).toMatchObject({ names: ['crm'] });
    expect(stage.text()).not.toContain('PLUGIN');
  });

  test('shows nothing of one feed from before the other one is known', () => {
    const stage = new EventStage();
    const page = Array.from({ length: 500 }, (_, index) => event(1000 + index, 1000 + index));
    stage.events('page', page);
    stage.endPage('event');
    stage.audit('page', [audit(1, 1), audit(2, 1200)]);
    stage.endPage('audit');
    stage.press('g');
    expect(stage.seen()).not.toContain(1);
    expect(stage.followOf('/page/event.read').params).toMatchObject({ beforeId: 1000 });
    stage.events('page', [event(999, 0)]);
    stage.endPage('event');
    expect(stage.press('g').seen().slice(0, 3)).toEqual([999, 1, 1000]);
  });

  test('says that some were left out', () => {
    const stage = new EventStage().load([event(1, 1)]);
    stage.events('live', [event(9, 5)], true);
    expect(stage.text()).toContain('some were left out');
  });

  test('foreign text cannot steer the terminal', () => {
    const stage = new EventStage().load([
      event(1, 1, 'ready', { reason: 'x\u001b[2Jy\nz', plugin: 'a\u001bb' }),
    ]);
    expect(stage.text()).not.toContain('\u001b');
    expect(stage.press('enter').text()).not.toContain('\u001b');
  });
});

describe('reading', () => {
  const MANY = Array.from({ length: 40 }, (_, index) => event(index + 1, index));

  test('leaves the end with one key up, and nothing moves any more', () => {
    const stage = new EventStage().load(MANY).press('k');
    expect(stage.cursor()).toContain('reason 39');
    expect(stage.text()).toContain('paused, 1 below');
    const before = stage.seen();
    stage.events('live', [event(41, 60), event(42, 61)]);
    expect(stage.seen()).toEqual(before);
    expect(stage.text()).toContain('paused, 3 below');
  });

  test.each(['G', 'end', ' '])('%j follows again', (key) => {
    const stage = new EventStage().load(MANY).press('k');
    stage.events('live', [event(41, 60)]);
    expect(stage.press(key).cursor()).toContain('reason 41');
    stage.events('live', [event(42, 61)]);
    expect(stage.cursor()).toContain('reason 42');
  });

  test('pauses with space where it is', () => {
    const stage = new EventStage().load(MANY).press(' ');
    stage.events('live', [event(41, 60)]);
    expect(stage.cursor()).toContain('reason 40');
  });

  test('asks for older ones at the top, and stays where it was when they come', () => {
    const page = Array.from({ length: 500 }, (_, index) => event(1000 + index, 1000 + index));
    const stage = new EventStage('crm').press('2');
    stage.events('page', page);
    stage.endPage('event');
    const asked = stage.follows.length;
    stage.press('k');
    expect(stage.follows).toHaveLength(asked);
    stage.press('g', 'j', 'j');
    expect(stage.follows).toHaveLength(asked + 1);
    expect(stage.followOf('/page/event.read').params).toMatchObject({ beforeId: 1000, limit: 500 });
    const before = stage.seen();
    stage.events('page', [event(998, 1), event(999, 2)]);
    stage.endPage('event');
    expect(stage.cursor()).toContain('reason 1002');
    expect(stage.press('g').seen()[0]).toBe(998);
    expect(before[0]).toBe(1000);
    // There is nothing before a page that was not full.
    const last = stage.follows.length;
    stage.press('g', 'k');
    expect(stage.follows).toHaveLength(last);
  });

  test('holds so many and no more while it is followed for days', () => {
    const stage = new EventStage().press('2');
    stage.endPage('event');
    for (let id = 1; id <= MAX_ROWS + 640; id += 64)
      stage.events(
        'live',
        Array.from({ length: 64 }, (_, index) => event(id + index, id + index)),
      );
    const shown = /paused, (\d+) below/.exec(stage.press('g').text())?.[1];
    expect(Number(shown)).toBe(MAX_ROWS - 1);
  });
});

describe('kinds', () => {
  test.each([
    ['2', ['event.read'], undefined, ['events', '-f']],
    ['3', ['audit.read'], undefined, ['events', '--type', 'audit', '-f']],
    ['4', ['event.read'], ['crashed', 'gave-up'], ['events', '--type', 'crashed,gave-up', '-f']],
    ['!', ['event.read'], ['crashed', 'gave-up'], ['events', '--type', 'crashed,gave-up', '-f']],
  ])('%s asks torud for those alone, and names the command', (key, feeds, types, command) => {
    const stage = new EventStage().load([event(1, 1)], [audit(2, 2)]);
    const before = stage.follows.length;
    stage.press(key);
    const asked = stage.follows.slice(before);
    expect(asked.map(({ method }) => method)).toEqual(feeds);
    expect(asked[0]?.params).toMatchObject(types === undefined ? {} : { types });
    expect(stage.seen()).toEqual([]);
    expect(stage.text()).toContain(`$ toru ${command.join(' ')}`);
    expect(stage.effects.filter(({ type }) => type === 'unfollow').length).toBeGreaterThanOrEqual(2);
  });

  test('t leads through all of them and back', () => {
    const stage = new EventStage();
    const words = [
      'only events',
      'only audit',
      'only crashes',
      'only starts and stops',
      'only changes',
      'all',
    ];
    for (const word of words) expect(stage.press('t').text()).toContain(`${word} ·`);
  });

  test('what comes for a kind that is shown no more is not taken', () => {
    const stage = new EventStage();
    const { tag } = stage.followOf('/page/event.read');
    stage.press('4');
    stage.send({ type: 'items', tag, items: [{ events: [event(1, 1)] }] });
    expect(stage.seen()).toEqual([]);
  });
});

describe('the filter', () => {
  test('takes effect as it is typed, in plugin, type and reason', () => {
    const stage = new EventStage().load([event(1, 1), event(2, 2, 'crashed'), event(3, 3)], [audit(4, 4)]);
    expect(stage.press('/').type('crash').seen()).toEqual([2]);
    stage.press('ctrl-u').type('OPS');
    expect(stage.seen()).toEqual([4]);
    stage.press('enter');
    expect(stage.text()).toContain('/OPS');
    expect(stage.press('escape').seen()).toEqual([1, 2, 3, 4]);
  });

  test('that nothing fits says so, and what to do', () => {
    const stage = new EventStage()
      .load([event(1, 1)])
      .press('/')
      .type('zzz');
    expect(stage.text()).toContain('none of 1 has "zzz" in it; esc shows all');
  });
});

describe('an event', () => {
  test('is opened with all its details', () => {
    const stage = new EventStage().load([], [audit(8, 40)]).press('enter');
    const text = stage.text();
    for (const word of [
      'audit #8',
      'by           ops (uid 1000)',
      'pid          42',
      'method       plugin.stop',
      'params.names',
      'web',
      'result.ok    true',
    ])
      expect(text).toContain(word);
    expect(stage.press('escape').seen()).toEqual([8]);
  });

  test('that is a crash opens its capsule; i shows its details', () => {
    const crash = event(1, 1, 'crashed', { details: { crashId: 311, runId: 7 } });
    const stage = new EventStage().load([crash]).press('enter');
    expect(stage.effects).toContainEqual(
      expect.objectContaining({ method: 'crash.show', params: expect.objectContaining({ id: 311 }) }),
    );
    const details = new EventStage().load([crash]).press('i');
    expect(details.text()).toContain('crashId      311');
  });

  test('about no single plugin leads to no log', () => {
    const stage = new EventStage().load([event(1, 1, 'changed', { plugin: null })]).press('l');
    expect(stage.text()).toContain('this is about no single plugin');
  });
});

describe('what cannot be shown', () => {
  test('an audit that is refused is said, and the events are shown', () => {
    const stage = new EventStage();
    stage.events('page', [event(1, 1)]);
    stage.endPage('event');
    const refused = errorBody('denied', 'nobody may view, and audit.read needs operate');
    stage.send({ type: 'ended', tag: stage.followOf('/page/audit.read').tag, failure: refused });
    expect(stage.seen()).toEqual([1]);
    expect(stage.text()).toContain('the audit: nobody may view, and audit.read needs operate');
    stage.events('live', [event(2, 2)]);
    expect(stage.seen()).toEqual([1, 2]);
  });

  test('who may not see the audit is told so without asking for it', () => {
    const stage = new ActionStage(PLUGINS, { screen: eventsScreen(doors, undefined), role: 'view' });
    expect(stage.follows.map(({ method }) => method)).toEqual(['event.read']);
    expect(stage.text()).toContain('the audit: needs operate, you have view');
  });

  test('before the answer it says that torud is asked, and after an empty one that there is nothing yet', () => {
    const stage = new EventStage('crm');
    expect(stage.text()).toContain('asking torud what happened');
    stage.load([]);
    expect(stage.text()).toContain('Nothing has happened to crm yet');
  });

  test.each([
    [60, 10],
    [80, 24],
    [300, 100],
  ])('fits into %i columns and %i rows', (columns, rows) => {
    const stage = new EventStage(undefined, { columns, rows });
    stage.load(
      Array.from({ length: 120 }, (_, index) =>
        event(index + 1, index, 'restarting', { reason: 'long '.repeat(99) }),
      ),
    );
    for (const screen of [stage, stage.press('enter')]) {
      expect(screen.lines()).toHaveLength(rows);
      for (const one of screen.lines()) expect(one.length).toBeLessThanOrEqual(columns);
    }
  });
});
