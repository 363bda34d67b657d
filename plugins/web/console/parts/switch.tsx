/** Something that is on or off, and is switched at once. */

export interface SwitchProps {
  readonly isOn: boolean;
  /** What it switches: `crm enabled`. */
  readonly label: string;
  onChange(isOn: boolean): void;
  readonly isBusy?: boolean;
  readonly disabled?: boolean;
}

export function Switch({ isOn, label, onChange, isBusy = false, disabled = false }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={isOn}
      aria-label={label}
      aria-busy={isBusy || undefined}
      disabled={disabled}
      onClick={() => {
        if (!isBusy) onChange(!isOn);
      }}
    >
      <span className="switch-track" aria-hidden="true">
        <span className="switch-knob" />
      </span>
      <span className="switch-word" aria-hidden="true">
        {isOn ? 'on' : 'off'}
      </span>
    </button>
  );
}
