/** The program `toru-web`: users and tokens of the plugin `web` from the command line, which `toru web …` runs. */

import { runCommand } from './command/run.ts';

void runCommand(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
