/**
 * Programs beside the command line, each a bundle of its own in dist/ that `toru` loads when a verb needs it. They work
 * with the caller's own rights and without a torud. What `toru` and such a program know of each other stands here.
 */

import type { WelcomeFrame } from './control/envelope.ts';
import type { CallName, ItemOf, ParamsOf, ResultOf, StreamName } from './control/methods.ts';
import type { ErrorBody } from './errors.ts';
import type { Paths } from './paths.ts';
import type { Result } from './result.ts';

/** File names in dist/, beside the command line's own bundles. */
export const CHECK_BUNDLE = 'toru-check.cjs';

/** What dist/toru-check.cjs exports: the conformance suite of the plugin protocol. */
export interface CheckProgram {
  /** All cases, in the order in which they are reported. */
  readonly cases: readonly CheckCase[];
  /** Failure: there is nothing at the path that could be checked, or the suite itself cannot work. */
  check(request: CheckRequest): Promise<Result<CheckReport, ErrorBody>>;
}

export interface CheckCase {
  readonly name: string;
  /** What is asked of the plugin, one line. */
  readonly does: string;
}

export interface CheckRequest {
  /** A plugin folder, a program, or a tarball; relative to the working directory. */
  readonly path: string;
  /** Names of cases; empty: all. */
  readonly cases: readonly string[];
  /** Longest time for one case, in milliseconds; 0: no limit but those of the plugin's own settings. */
  readonly caseTimeoutMs: number;
  /** A file like plugins.d/ID.toml whose settings hold for the plugin; undefined: the author's and the built-in ones. */
  readonly dropIn: string | undefined;
  /** Keep what was said and what the plugin wrote, for every case that failed. */
  readonly wantsExchange: boolean;
}

export type CheckResult = 'pass' | 'fail' | 'skip';

export interface CheckedCase {
  readonly name: string;
  readonly result: CheckResult;
  /** What was seen, one line. */
  readonly detail: string;
  readonly durationMs: number;
  /** How to mend it, one line; null where there is nothing to mend. */
  readonly hint: string | null;
  /** With `wantsExchange`: lines sent (`> …`) and received (`< …`), cut and bounded. */
  readonly exchange?: readonly string[];
  /** With `wantsExchange`: the last lines that the plugin wrote to its log. */
  readonly output?: readonly string[];
}

export interface CheckedPlugin {
  readonly id: string;
  /** Null where the metadata was refused. */
  readonly name: string | null;
  readonly version: string | null;
  readonly transport: string | null;
  readonly runtime: string | null;
  /** Absolute. */
  readonly path: string;
}

export interface CheckReport {
  readonly plugin: CheckedPlugin;
  readonly cases: readonly CheckedCase[];
  /** Why torud would not take the plugin, one line; null: it would. */
  readonly refusal: string | null;
}

/** File name in dist/ of what `toru doctor` loads. */
export const DOCTOR_BUNDLE = 'toru-doctor.cjs';

/** What dist/toru-doctor.cjs exports. Neither ever rejects for what is wrong with the installation. */
export interface DoctorProgram {
  examine(request: DoctorRequest): Promise<DoctorReport>;
  /** For a bug report: findings, settings, history, logs; secrets removed. */
  bundle(request: DoctorRequest): Promise<DoctorBundle>;
}

export interface DoctorRequest {
  readonly paths: Paths;
  /** Folder that the command line itself was loaded from; absolute. */
  readonly distFolder: string;
  readonly torud: TorudLine;
  /** Longest time that torud is given for one answer. */
  readonly timeoutMs: number;
}

/** The way to torud, if it is there. */
export interface TorudLine {
  welcome(timeoutMs: number): Promise<Result<WelcomeFrame['welcome'], ErrorBody>>;
  call<Name extends CallName>(
    method: Name,
    params: ParamsOf<Name>,
    timeoutMs: number,
  ): Promise<Result<ResultOf<Name>, ErrorBody>>;
  /** All items of a stream that ends by itself. */
  items<Name extends StreamName>(
    method: Name,
    params: ParamsOf<Name>,
    timeoutMs: number,
  ): Promise<Result<readonly ItemOf<Name>[], ErrorBody>>;
}

export const FINDING_RESULTS = ['ok', 'warn', 'fail', 'skip'] as const;
export type FindingResult = (typeof FINDING_RESULTS)[number];

export interface Finding {
  /** `kernel.version`, `folder.plugins`: subject first. */
  readonly name: string;
  readonly result: FindingResult;
  /** What was seen, one line. */
  readonly detail: string;
  /** A command or a sentence; null where there is nothing to mend. */
  readonly mend: string | null;
}

export interface DoctorReport {
  readonly checks: readonly Finding[];
  readonly summary: Readonly<Record<FindingResult, number>>;
}

export interface BundledFile {
  readonly name: string;
  readonly bytes: number;
  readonly secretsRemoved: number;
  /** True when only its end is there. */
  readonly isCut: boolean;
}

export interface DoctorBundle {
  /** A .tar.gz. */
  readonly archive: Uint8Array;
  readonly files: readonly BundledFile[];
  readonly secretsRemoved: number;
  readonly report: DoctorReport;
}
