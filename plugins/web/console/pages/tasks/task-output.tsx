/** What a task has written and writes, live. */

import { useEffect, useMemo, useState } from 'react';
import { formatSize } from '../../../../../src/cli/output/sizes.ts';
import type { Task, TaskStream } from '../../../../../src/protocol/control/tasks.ts';
import { useFollow } from '../../live/live.tsx';
import type { ServerMessage } from '../../live/messages.ts';
import { LogBuffer } from '../../log/log-buffer.ts';
import type { LogEntry } from '../../log/log-rows.ts';
import { LogView } from '../../log/log-view.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { OutputLines } from './output-lines.ts';

/** Of a long output its end is shown; the file has all. */
const TAIL_BYTES = 1024 * 1024;

export interface TaskOutputProps {
  readonly task: Task;
  /** It has ended: as it is now. */
  onEnded(task: Task): void;
}

export function TaskOutput({ task, onEnded }: TaskOutputProps) {
  const buffer = useMemo(() => new LogBuffer(), []);
  const lines = useMemo(() => new OutputLines((entries) => buffer.add(entries)), [buffer]);
  const [opened, setOpened] = useState<LogEntry>();
  const [fault, setFault] = useState<string>();
  const { id, outputBytes } = task;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another task is another output
  useEffect(() => {
    buffer.clear();
    return () => lines.clear();
  }, [buffer, lines, id]);
  useFollow({ topic: 'output', task_id: id, tail: TAIL_BYTES }, (message: ServerMessage) => {
    switch (message.type) {
      case 'output':
        lines.add((message.stream ?? 'stdout') as TaskStream, message.at ?? '', message.data ?? '');
        return;
      case 'gap':
        lines.note(`${formatSize(message.bytes ?? 0)} of the output are no longer kept`);
        return;
      case 'ended':
        lines.flush();
        if (message.task !== undefined) onEnded(message.task);
        return;
      case 'error':
        setFault(message.message);
        return;
    }
  });
  const isEmpty = outputBytes === 0;
  return (
    <>
      {fault === undefined ? null : (
        <p className="error-card" role="alert">
          {fault}
        </p>
      )}
      {isEmpty && task.endedAt !== null ? (
        <p className="dim">It has written nothing.</p>
      ) : (
        <div className="task-output">
          <LogView buffer={buffer} label={`Output of ${task.script}`} onOpen={setOpened} />
        </div>
      )}
      {opened === undefined ? null : (
        <Dialog title="Line" onClose={() => setOpened(undefined)}>
          <pre className="whole-line">{opened.message}</pre>
        </Dialog>
      )}
    </>
  );
}
