/** A list of addresses and networks: `127.0.0.1, 10.0.0.0/8, ::1`. */

import { BlockList, isIP } from 'node:net';
import { failure, type Result, success } from '../../../src/protocol/result.ts';
import { plainAddress } from '../login/network.ts';

export class AddressList {
  readonly #list: BlockList;
  readonly isEmpty: boolean;

  private constructor(list: BlockList, isEmpty: boolean) {
    this.#list = list;
    this.isEmpty = isEmpty;
  }

  /** The failure names the entry that is none. */
  static parse(text: string): Result<AddressList, string> {
    const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
    const list = new BlockList();
    for (const entry of entries) {
      const [address = '', bits, ...more] = entry.split('/');
      const version = isIP(address);
      const family = version === 6 ? 'ipv6' : 'ipv4';
      const maxBits = version === 6 ? 128 : 32;
      const isBits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits);
      if (version === 0 || !isBits || more.length > 0)
        return failure(`"${entry}" is no address and no network`);
      if (bits === undefined) list.addAddress(address, family);
      else list.addSubnet(address, Number(bits), family);
    }
    return success(new AddressList(list, entries.length === 0));
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  }
}
