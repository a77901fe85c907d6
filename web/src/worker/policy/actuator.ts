/** Raises where the policy does not have the actuator; `size` is how many it has. */
export function requireActuator(actuator: number, size: number): void {
  if (Number.isInteger(actuator) && actuator >= 0 && actuator < size) return;
  throw new Error(`Actuator ${actuator} does not exist: this policy has 0 to ${size - 1}.`);
}
