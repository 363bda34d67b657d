/** System calls that Node does not offer and that an upgrade in place needs. */

import { failure, messageOf, type Result, success } from '../../protocol/result.ts';

export interface KernelCalls {
  /** A second descriptor of the same open file, which survives exec (dup(2) clears FD_CLOEXEC). Undefined: none is left. */
  duplicate(fd: number): number | undefined;
  /** True for a Unix socket that listens (SO_DOMAIN, SO_ACCEPTCONN, socket(7)). */
  isListening(fd: number): boolean;
  /** Sets or clears FD_CLOEXEC (fcntl(2)). */
  setCloseOnExec(fd: number, isClosed: boolean): void;
  /** execve(2); returns only when that failed, with the error's name. */
  execute(file: string, args: readonly string[], environment: readonly string[]): string;
  /** Takes the end of a child that Node knows nothing of (waitpid(2) with WNOHANG). False while it lives. */
  reap(pid: number): boolean;
}

/** From <asm-generic/socket.h>, <fcntl.h> and <sys/wait.h>; x86-64 and arm64 share them. */
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_DOMAIN = 39;
const AF_UNIX = 1;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const WNOHANG = 1;
const INT_BYTES = 4;

type Call = (...args: unknown[]) => number;

/** Loads koffi. Failure: why there are no such calls, one line. */
export async function loadKernelCalls(): Promise<Result<KernelCalls, string>> {
  try {
    const koffi = await import('koffi');
    const library = koffi.load(null);
    const bind = (declaration: string): Call => library.func(declaration) as unknown as Call;
    const dup = bind('int dup(int)');
    const getsockopt = bind('int getsockopt(int, int, int, _Inout_ void *, _Inout_ void *)');
    const fcntl = bind('int fcntl(int, int, int)');
    const execve = bind('int execve(const char *, const char **, const char **)');
    const waitpid = bind('int waitpid(int, void *, int)');
    const socketOption = (fd: number, name: number): number | undefined => {
      const [value, size] = [Buffer.alloc(INT_BYTES), Buffer.alloc(INT_BYTES)];
      size.writeInt32LE(INT_BYTES);
      return getsockopt(fd, SOL_SOCKET, name, value, size) === 0 ? value.readInt32LE() : undefined;
    };
    return success({
      duplicate: (fd) => {
        const copy = dup(fd);
        return copy < 0 ? undefined : copy;
      },
      isListening: (fd) => socketOption(fd, SO_DOMAIN) === AF_UNIX && socketOption(fd, SO_ACCEPTCONN) === 1,
      setCloseOnExec: (fd, isClosed) => {
        fcntl(fd, F_SETFD, isClosed ? FD_CLOEXEC : 0);
      },
      execute: (file, args, environment) => {
        execve(file, [...args, null], [...environment, null]);
        const number = koffi.errno();
        return Object.entries(koffi.os.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
      },
      reap: (pid) => waitpid(pid, null, WNOHANG) !== 0,
    });
  } catch (thrown) {
    const [reason] = messageOf(thrown).split('\n');
    return failure(`koffi cannot be loaded (${reason})`);
  }
}
