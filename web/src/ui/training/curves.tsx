/** The curves of those that learn, in one chart. */
import { training as strings } from "./strings";
import type { MemberView } from "./training_state";

const CHART = { width: 300, height: 120, left: 4, top: 14, bottom: 4 };

export function Curves({ members, budget }: { readonly members: readonly MemberView[]; readonly budget: number }) {
  const values = members.flatMap(({ curve }) => curve.map(([, mean]) => mean));
  const [low, high] = [Math.min(0, ...values), Math.max(1, ...values)];
  const x = (steps: number) => CHART.left + ((CHART.width - 2 * CHART.left) * Math.min(steps, budget)) / budget;
  const y = (mean: number) =>
    CHART.top + (CHART.height - CHART.top - CHART.bottom) * (1 - (mean - low) / (high - low || 1));
  return (
    <figure class="training-curves">
      <svg viewBox={`0 0 ${CHART.width} ${CHART.height}`} role="img" aria-label={strings.curve}>
        <title>{strings.curve}</title>
        <line class="zero" x1={CHART.left} x2={CHART.width - CHART.left} y1={y(0)} y2={y(0)} />
        {members.map(({ name, curve }, at) => (
          <g key={name} class={`member-${at % 4}`}>
            <polyline points={curve.map(([steps, mean]) => `${x(steps).toFixed(1)},${y(mean).toFixed(1)}`).join(" ")} />
            {curve.slice(-1).map(([steps, mean]) => (
              <circle key="last" cx={x(steps)} cy={y(mean)} r="3" />
            ))}
          </g>
        ))}
        <text x={CHART.left} y="10">
          {strings.number(high)}
        </text>
      </svg>
      {members.length > 1 && (
        <figcaption>
          {members.map(({ name, curve }, at) => (
            <span key={name} class={`member-${at % 4}`}>
              {name} {curve.length > 0 ? strings.number(curve.at(-1)?.[1] ?? 0) : strings.none}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  );
}
