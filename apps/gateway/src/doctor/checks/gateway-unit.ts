import type { GatewayFlagsRead } from "../facts/gateway-setup.ts";
import { unitValue } from "../facts/unit-file.ts";
import { type Observation, ok, problem, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

const noRuntime = "Without the gateway the kubelet has no container runtime";

/** Whether systemd starts the gateway, and starts it again whatever happens. */
export function checkGatewayUnit({
  gateway: { running, unit: found },
  isGatewayEnabled,
}: Pick<NodeFacts, "gateway" | "isGatewayEnabled">): readonly Observation[] {
  if (found === undefined) return running === undefined ? [] : [noUnit(running.pid)];
  const { unit } = found;
  const observations: Observation[] = [];
  const restart = unitValue(unit, "Service.Restart") ?? "no";
  if (restart !== "always") {
    observations.push(
      problem(
        `${unit.file} has Restart=${restart}.`,
        `${noRuntime}, and stays without when the gateway ended in a way that this does not cover.`,
        "write Restart=always into its [Service]",
      ),
    );
  }
  const interval =
    unitValue(unit, "Unit.StartLimitIntervalSec") ??
    unitValue(unit, "Unit.StartLimitInterval") ??
    unitValue(unit, "Service.StartLimitInterval");
  if (interval === undefined || Number.parseFloat(interval) !== 0) {
    observations.push(
      problem(
        `${unit.file} ${interval === undefined ? "has no StartLimitIntervalSec" : `has StartLimitIntervalSec=${interval}`}.`,
        `${noRuntime}, and systemd gives up starting it after a few attempts in a row.`,
        "write StartLimitIntervalSec=0 into its [Unit]",
      ),
    );
  }
  if (running !== undefined && differ(running.flags, found.flags)) {
    observations.push(
      warning(
        `The gateway (process ${running.pid}) has other flags than ${unit.file} gives it.`,
        "It does what it was told when it was started; the unit counts from the next start.",
        "systemctl daemon-reload, and restart it",
      ),
    );
  }
  if (isGatewayEnabled === false) {
    observations.push(
      warning(
        `${unit.file} is not enabled.`,
        "Nothing starts the gateway when the machine starts, unless another unit asks for it.",
        "systemctl enable it",
      ),
    );
  }
  return observations.length > 0
    ? observations
    : [ok(`${unit.file} starts the gateway, and starts it again.`)];
}

function differ(now: GatewayFlagsRead, then: GatewayFlagsRead): boolean {
  return then.type !== "indirect" && JSON.stringify(now) !== JSON.stringify(then);
}

function noUnit(pid: number): Observation {
  return warning(
    `The gateway (process ${pid}) has no systemd unit.`,
    `${noRuntime}; it is not seen who starts it again when it ends or the machine starts.`,
    "give it a unit, as docs/guide/gateway.md shows, unless something else looks after it",
  );
}
