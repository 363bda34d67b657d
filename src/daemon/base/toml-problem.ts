/** What is wrong in a settings file or a manifest, and where. */

/** The text that settings were read from, and how its places are named. */
export interface SettingsText {
  /** Absolute path; `source` of the values that come from it, but for a manifest's. */
  readonly file: string;
  /** How messages name it: `plugins.d/web.toml`, `plugins/web/plugin.json`. */
  readonly label: string;
  readonly format: 'toml' | 'json';
  /** Line (from 1) of the key, or of what is around it; null when unknown. */
  lineOf(path: readonly string[]): number | null;
}

/** One fault; `message` is one whole line: `plugins.d/web.toml line 12: unknown key "delay_ms" in [restart]; …`. */
export interface SettingsProblem {
  readonly file: string;
  readonly line: number | null;
  readonly message: string;
}

/** @param path the key that it is about; empty for the file as a whole */
export function problemAt(text: SettingsText, path: readonly string[], what: string): SettingsProblem {
  const line = path.length === 0 ? null : text.lineOf(path);
  return problemOnLine(text, line, what);
}

export function problemOnLine(
  text: Pick<SettingsText, 'file' | 'label'>,
  line: number | null,
  what: string,
): SettingsProblem {
  const place = line === null ? text.label : `${text.label} line ${line}`;
  return { file: text.file, line, message: `${place}: ${what}` };
}

/** How a table is written in the file's own format: `[restart]`, `"restart"`. */
export function tableName(text: Pick<SettingsText, 'format'>, path: readonly string[]): string {
  return text.format === 'toml' ? `[${path.join('.')}]` : `"${path.join('.')}"`;
}
