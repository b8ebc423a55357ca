"""How long synthesizing takes, without and with every check of the CDK, and what the packages weigh.

Run with `make bench`. Seconds are of this machine; the ratio is what to compare.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
CHECKS = {"without checks": "false", "with every check": "true"}


def synthesize(out: Path, validation: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "CDK_OUTDIR": str(out), "CDK_VALIDATION": validation},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - started


def packages(assembly: Path) -> dict[str, float]:
    """MB of each function's zip, by the name of the function's handler."""
    sizes: dict[str, float] = {}
    for template in assembly.glob("*.template.json"):
        for resource in json.loads(template.read_text())["Resources"].values():
            if (
                resource["Type"] == "AWS::Lambda::Function"
                and "functions." in resource["Properties"]["Handler"]
            ):
                name = resource["Properties"]["Handler"].split(".")[1]
                asset = assembly / f"asset.{resource['Properties']['Code']['S3Key'].removesuffix('.zip')}.zip"
                sizes[name] = asset.stat().st_size / 1e6
    return sizes


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        synthesize(out, "false")  # packages are made once and kept
        seconds: dict[str, list[float]] = {title: [] for title in CHECKS}
        for _ in range(ROUNDS):
            for title, validation in CHECKS.items():
                seconds[title].append(synthesize(out, validation))
        medians = {title: statistics.median(values) for title, values in seconds.items()}
        for title, median in medians.items():
            print(f"synth {title:18} {median:5.1f} s")
        print(f"ratio {medians['with every check'] / medians['without checks']:24.2f}")
        for name, size in sorted(packages(out).items()):
            print(f"package {name:16} {size:5.2f} MB")


if __name__ == "__main__":
    main()
