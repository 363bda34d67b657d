/** A plugin's own sign: an emoji, or an image of its frontend; else the first letter of its name. */

import { useState } from 'react';

export interface PluginIconProps {
  readonly plugin: { readonly id: string; readonly name: string; readonly icon?: string };
}

const IMAGE = /\.(svg|png|jpe?g|gif|webp|ico)$/i;

export function PluginIcon({ plugin: { id, name, icon } }: PluginIconProps) {
  const [isBroken, setIsBroken] = useState(false);
  if (icon !== undefined && IMAGE.test(icon) && !isBroken) {
    const address = `/api/plugins/${encodeURIComponent(id)}/${encodeURIComponent(icon)}`;
    return <img className="plugin-icon" src={address} alt="" onError={() => setIsBroken(true)} />;
  }
  const sign = icon === undefined || IMAGE.test(icon) ? (name || id).charAt(0).toUpperCase() : icon;
  return (
    <span className="plugin-icon" aria-hidden="true">
      {sign}
    </span>
  );
}
