/** dist/toru-doctor.cjs: what `toru doctor` loads. It looks at files, asks torud if it is there, and changes nothing. */

import type { DoctorProgram } from '../protocol/programs.ts';
import { makeBundle } from './archive/bundle.ts';
import { examineAll } from './examine.ts';

export const examine: DoctorProgram['examine'] = async (request) => (await examineAll(request)).report;

export const bundle: DoctorProgram['bundle'] = async (request) => makeBundle(await examineAll(request));
