/** The machine: what it is, how busy it is and was in the last hour, and what plugins take of it. */

import { formatDuration, formatSize } from '../../../../../src/cli/output/sizes.ts';
import { CommandHint } from '../../parts/command-hint.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Fact } from '../../parts/fact.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page } from '../../parts/page.tsx';
import { Cores } from './cores.tsx';
import { Disks } from './disks.tsx';
import { PlotFigure } from './plot-figure.tsx';
import { Processes } from './processes.tsx';
import type { Series } from './series.ts';
import '../../look/sections.css';
import './system.css';
import { load, percent, rate } from './units.ts';
import { type SystemAnswer, useSystem } from './use-system.ts';

export function SystemPage() {
  const { answer, series, problem } = useSystem();
  return (
    <Page title="System" subtitle={answer?.hostname} actions={<CommandHint command="toru system" />}>
      {problem === undefined ? null : (
        <ErrorCard
          problem={problem}
          title={answer === undefined ? 'The machine cannot be shown' : 'What is shown is not of now'}
        />
      )}
      {answer === undefined && problem === undefined ? (
        <Loading what="Asking for figures of the machine" />
      ) : null}
      {answer === undefined ? null : (
        <>
          <HostFacts answer={answer} />
          <Plots answer={answer} series={series} />
          <Disks disks={answer.disks} />
          {answer.plugins === undefined ? null : <Processes plugins={answer.plugins} />}
        </>
      )}
    </Page>
  );
}

function HostFacts({ answer }: { readonly answer: SystemAnswer }) {
  const { cpu, memory } = answer;
  return (
    <dl className="facts">
      <Fact name="Kernel">{answer.kernel}</Fact>
      <Fact name="Up">{formatDuration(answer.uptimeMs)}</Fact>
      <Fact name="Processor">
        {cpu.count} × {cpu.model}
      </Fact>
      <Fact name="Memory">
        {formatSize(memory.usedBytes)} of {formatSize(memory.totalBytes)} used
      </Fact>
      <Fact name="Swap">
        {memory.swapTotalBytes === 0
          ? 'none'
          : `${formatSize(memory.swapUsedBytes)} of ${formatSize(memory.swapTotalBytes)} used`}
      </Fact>
      <Fact name="Load">{answer.load.map(load).join(' · ')}</Fact>
    </dl>
  );
}

function Plots({ answer, series }: { readonly answer: SystemAnswer; readonly series: Series }) {
  const { times, columns } = series;
  return (
    <div className="plots">
      <PlotFigure
        title="Processor"
        times={times}
        top={100}
        format={percent}
        lines={[{ name: 'all cores', values: columns.cpuPercent }]}
      >
        <Cores cores={answer.cpu.corePercent} />
      </PlotFigure>
      <PlotFigure
        title="Memory"
        times={times}
        top={100}
        format={percent}
        lines={[
          { name: 'memory', values: columns.memoryPercent },
          { name: 'swap', values: columns.swapPercent },
        ]}
      />
      <PlotFigure
        title="Load"
        times={times}
        format={load}
        lines={[{ name: 'of one minute', values: columns.load }]}
      />
      <PlotFigure
        title="Network"
        times={times}
        format={rate}
        isBinary
        lines={[
          { name: 'received', values: columns.receivedRate },
          { name: 'sent', values: columns.sentRate },
        ]}
      />
      <PlotFigure
        title="Disks"
        times={times}
        format={rate}
        isBinary
        lines={[
          { name: 'read', values: columns.readRate },
          { name: 'written', values: columns.writeRate },
        ]}
      />
    </div>
  );
}
