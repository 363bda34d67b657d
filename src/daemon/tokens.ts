/** Names under which compose.ts wires the daemon's parts. A token shares its name with what it stands for. */

export const ACCOUNTS = Symbol('Accounts');
export const AUDIT_LOG = Symbol('AuditLog');
export const CATALOG = Symbol('Catalog');
export const CLOCK = Symbol('Clock');
export const CONFIG = Symbol('ConfigHolder');
export const CONTROL_SERVER = Symbol('ControlServer');
export const DATABASE = Symbol('Database');
export const DAEMON_CONTROL = Symbol('DaemonControl');
export const ECHO = Symbol('Echo');
export const EVENT_BUS = Symbol('EventBus');
export const INSTALLED_PROGRAM = Symbol('InstalledProgram');
export const INSTANCE_SETTINGS = Symbol('InstanceSettings');
export const KERNEL_CALLS = Symbol('KernelCalls');
export const KV_STORE = Symbol('KvStore');
export const LOG_READER = Symbol('LogReader');
export const PATHS = Symbol('Paths');
export const RECOVERED = Symbol('Recovered');
export const RUN_SURROUNDINGS = Symbol('RunSurroundings');
export const SHIM_FILE = Symbol('ShimFile');
export const STATE_WRITER = Symbol('StateWriter');
export const STORES = Symbol('Stores');
export const SUPERVISOR = Symbol('Supervisor');
export const SUPERVISOR_LOG = Symbol('SupervisorLog');
