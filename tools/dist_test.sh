#!/usr/bin/env bash
# dist_test.sh CONFIG CHECKPOINT GPUS [options of test.py]
# GPUS is the number of processes on this machine; without a GPU they use the CPU and gloo.
# Several machines: run it on each with NNODES, NODE_RANK, MASTER_ADDR and PORT set.
set -euo pipefail
if [ $# -lt 3 ]; then
    echo "usage: $0 CONFIG CHECKPOINT GPUS [options of test.py]" >&2
    exit 2
fi
CONFIG=$1
CHECKPOINT=$2
GPUS=$3
shift 3
case $GPUS in
    auto | cpu | gpu) ;; # torchrun counts them
    '' | 0 | *[!0-9]*)
        echo "error: GPUS is '$GPUS'; expected a number of processes, at least 1" >&2
        exit 2
        ;;
esac
TOOLS="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
if [ -d "$TOOLS/../mmlandmark" ]; then
    export PYTHONPATH="$TOOLS/..${PYTHONPATH:+:$PYTHONPATH}"
fi

exec "${PYTHON:-python}" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$GPUS" \
    "$TOOLS/test.py" "$CONFIG" "$CHECKPOINT" --launcher pytorch "$@"
