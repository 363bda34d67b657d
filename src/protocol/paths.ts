/** Where everything is (CLI.md, "Where things are"). Both sides derive the same paths from the same inputs. */

import { dirname, join } from 'node:path';

/** The kernel's limit for a Unix socket path: sun_path is 108 bytes with its NUL (unix(7)). */
export const MAX_SOCKET_PATH_BYTES = 107;

export interface Paths {
  /** `root` when all lies under one folder, else `system` or `user`. */
  readonly mode: 'root' | 'system' | 'user';
  readonly configFile: string;
  readonly dropInFolder: string;
  readonly pluginFolder: string;
  /** Unless `[tasks] scripts_dir` of torud.toml names another one. */
  readonly scriptsFolder: string;
  readonly stateFolder: string;
  readonly databaseFile: string;
  /** Holds one folder a plugin: its working directory, 0700. */
  readonly dataFolder: string;
  readonly logFolder: string;
  readonly supervisorLog: string;
  readonly pluginLogFolder: string;
  /** Output of tasks, 0700. */
  readonly taskOutputFolder: string;
  readonly runFolder: string;
  readonly controlSocket: string;
  /** Says which torud holds this root; see ARCHITECTURE.md, "One daemon a root". */
  readonly lockFile: string;
  readonly pluginSocketFolder: string;
  /** Spec and events file of every run that is not yet recorded as ended. */
  readonly runsFolder: string;
  /** The same of every task. */
  readonly taskRunsFolder: string;
}

export interface PathInputs {
  /** `--root DIR`; absolute. */
  readonly root?: string | undefined;
  /** `--system`. */
  readonly isSystem?: boolean | undefined;
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Bases {
  readonly mode: Paths['mode'];
  readonly etc: string;
  readonly plugins: string;
  readonly state: string;
  readonly log: string;
  readonly run: string;
}

/**
 * Resolves all paths. Precedence: `--root`, `--system`, TORU_ROOT, uid 0, XDG. TORU_CONFIG and TORU_SOCKET win for their
 * one file over everything but the two options.
 */
export function resolvePaths(inputs: PathInputs): Paths {
  const bases = chooseBases(inputs);
  // What is said on the command line wins over the environment, also over its words for single files.
  const single = inputs.root || inputs.isSystem ? {} : inputs.env;
  return {
    mode: bases.mode,
    configFile: single.TORU_CONFIG || join(bases.etc, 'torud.toml'),
    dropInFolder: join(bases.etc, 'plugins.d'),
    pluginFolder: bases.plugins,
    scriptsFolder: join(dirname(bases.plugins), 'scripts'),
    stateFolder: bases.state,
    databaseFile: join(bases.state, 'state.db'),
    dataFolder: join(bases.state, 'data'),
    logFolder: bases.log,
    supervisorLog: join(bases.log, 'plugin-supervisor.log'),
    pluginLogFolder: join(bases.log, 'plugins'),
    taskOutputFolder: join(bases.log, 'tasks'),
    runFolder: bases.run,
    controlSocket: single.TORU_SOCKET || join(bases.run, 'control.sock'),
    lockFile: join(bases.run, 'torud.lock'),
    pluginSocketFolder: join(bases.run, 'plugins'),
    runsFolder: join(bases.run, 'runs'),
    taskRunsFolder: join(bases.run, 'tasks'),
  };
}

function chooseBases(inputs: PathInputs): Bases {
  const root = inputs.root || (inputs.isSystem ? undefined : inputs.env.TORU_ROOT);
  if (root) {
    return {
      mode: 'root',
      etc: join(root, 'etc'),
      plugins: join(root, 'plugins'),
      state: join(root, 'state'),
      log: join(root, 'log'),
      run: join(root, 'run'),
    };
  }
  if (inputs.isSystem || inputs.uid === 0) {
    return {
      mode: 'system',
      etc: '/etc/toru',
      plugins: '/var/lib/toru/plugins',
      state: '/var/lib/toru',
      log: '/var/log/toru',
      run: '/run/toru',
    };
  }
  const home = inputs.env.HOME || '/';
  const state = inputs.env.XDG_STATE_HOME || join(home, '.local/state');
  return {
    mode: 'user',
    etc: join(inputs.env.XDG_CONFIG_HOME || join(home, '.config'), 'toru'),
    plugins: join(inputs.env.XDG_DATA_HOME || join(home, '.local/share'), 'toru/plugins'),
    state: join(state, 'toru'),
    log: join(state, 'toru/log'),
    run: join(inputs.env.XDG_RUNTIME_DIR || join('/tmp', `toru-${inputs.uid}`), 'toru'),
  };
}
