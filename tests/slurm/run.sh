#!/bin/sh
# Runs an experiment as an array of 8 tasks under a real Slurm, on one node and on loopback only. One task is killed and
# requeued, one fails; the merge names what is missing, the same script submitted again does it, and the merged results
# have the bytes of a local run.
#
# Usage: run.sh GILSIM. Exit code 77: skipped, because there is no Slurm and its packages cannot be had.
#
# Slurm comes from the system or else from Debian's packages, which are unpacked into a temporary directory. Everything
# that is started is stopped, and the directory removed.
set -eu

gilsim=$(realpath "$1")
work=$(mktemp -d)
started=
stop() {
    status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 77 ] || tail -n 20 "$work"/*.log "$work"/run/data/.runs/*.out >&2 || true
    for process in $started; do kill "$process" 2>"$work/kill.log" || true; done
    for process in $started; do wait "$process" || true; done
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP

skip() { echo "skipped: $1"; exit 77; }
fail() { echo "failed: $1" >&2; exit 1; }

# Tries a command each half second, for two minutes.
await() {
    what=$1; shift
    tries=240
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "waited in vain until $what"
        sleep 0.5
    done
}

# --- Slurm ------------------------------------------------------------------------------------------------------------

plugins=
unpack() {
    command -v apt-get >"$work/which.log" && command -v dpkg >"$work/which.log" || skip "no Slurm, and no apt-get"
    mkdir "$work/packages"
    (cd "$work/packages" && apt-get download slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge libmunge2 \
        libhwloc15 liblua5.1-0) >"$work/apt.log" 2>&1 || skip "no Slurm, and its packages cannot be downloaded"
    for package in "$work"/packages/*.deb; do dpkg -x "$package" "$work/root"; done
    libraries=$(dirname "$(find "$work/root" -name 'libmunge.so.2' | head -n 1)")
    plugins=$libraries/slurm-wlm
    export PATH="$work/root/usr/sbin:$work/root/usr/bin:$PATH" LD_LIBRARY_PATH="$libraries:$plugins"
    for daemon in slurmctld slurmd slurmstepd; do ln -s "$daemon-wlm" "$work/root/usr/sbin/$daemon"; done
}
command -v slurmctld >"$work/which.log" && command -v slurmd >"$work/which.log" && command -v munged >"$work/which.log" \
    || unpack

mkdir "$work/state" "$work/spool" "$work/munge"
chmod 755 "$work" "$work/munge"
head -c 1024 /dev/urandom >"$work/munge/key"
chmod 600 "$work/munge/key"
port=$((20000 + $$ % 20000))
user=$(id -un)
cat >"$work/slurm.conf" <<END
ClusterName=gilsim
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$work/munge/socket,cred_expire=5
${plugins:+PluginDir=$plugins}
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
KillWait=5
SlurmdParameters=config_overrides
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=$(hostname) Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF="$work/slurm.conf"

munged --foreground --force --key-file "$work/munge/key" --socket "$work/munge/socket" --pid-file "$work/munge/pid" \
    --log-file "$work/munge/log" --seed-file "$work/munge/seed" >"$work/munged.log" 2>&1 &
started="$started $!"
await "munge listens" test -S "$work/munge/socket"
slurmctld -D -c >"$work/slurmctld.log" 2>&1 &
started="$! $started"
slurmd -D -N "$(hostname)" ${plugins:+-d "$work/root/usr/sbin/slurmstepd"} >"$work/slurmd.log" 2>&1 &
started="$! $started"
is_idle() { [ "$(sinfo -h -o %t 2>"$work/sinfo.log")" = idle ]; }
await "the node is idle" is_idle

# --- The experiment ---------------------------------------------------------------------------------------------------

mkdir "$work/run" "$work/local"
cat >"$work/run/echo.toml" <<'END'
title    = "Requests beside hogs"
question = "How many requests are answered?"
machine  = { profile = "linux-x86_64", cores = 2 }
lock     = { policy = "cpython", switch_interval = "50us" }
[[thread]]
name  = "echo"
steps = [{ repeat = "forever", steps = [{ io = "exp(20us)" }, { compute = "5us", counts = "request" }] }]
[[thread]]
name  = "hog"
steps = [{ compute = "forever" }]
[sweep]
"thread.hog.count" = [1, 2, 3, 4]
[run]
duration     = "20s"
replications = 10
[[figure]]
x = "thread.hog.count"
y = "request.rate_per_s"
END
cp "$work/run/echo.toml" "$work/local"
(cd "$work/local" && "$gilsim" run echo.toml) >"$work/local.log"

# At its first try, shard 5 fails at once.
cat >"$work/gilsim" <<END
#!/bin/sh
case "\$*" in
*"--shard 5/8"*) [ -e "$work/failed" ] || { touch "$work/failed"; exit 3; } ;;
esac
exec "$gilsim" "\$@"
END
chmod 755 "$work/gilsim"

cd "$work/run"
"$gilsim" slurm --tasks 8 --time 10 echo.toml | sed "s|$gilsim|$work/gilsim|" >"$work/submit.sh"

# Submits both jobs and sets `array` and `merge` to their numbers.
submit() {
    said=$(sh "$work/submit.sh")
    array=$(expr "$said" : 'array job \([0-9]*\), .*') || fail "$said"
    merge=$(expr "$said" : '.* merge job \([0-9]*\)') || fail "$said"
}
# What Slurm says of a job: field NAME of job ID.
told() { scontrol show job -o "$1" | sed -n "s/.* $2=\([^ ]*\).*/\1/p"; }
has_ended() { case "$(told "$1" JobState)" in COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL) ;; *) false ;; esac }
# The journal of a shard, once it has a run in it.
has_begun() { found=$(grep -ls "\"shard\":\"$1\"" data/.runs/echo/*.journal) && grep -q '{"run":' "$found"; }

submit
await "shard 2 has done a run" has_begun 2/8
scontrol requeue "${array}_2" || fail "task 2 cannot be requeued"
await "the merge has ended" has_ended "$merge"

[ "$(told "${array}_2" Restarts)" = 1 ] || fail "task 2 was not requeued"
[ "$(told "${array}_2" JobState)" = COMPLETED ] || fail "task 2 did not complete when it was run again"
[ "$(told "${array}_5" JobState)" = FAILED ] || fail "task 5 did not fail"
[ "$(told "${array}_5" ExitCode)" = 3:0 ] || fail "task 5 has another exit code: $(told "${array}_5" ExitCode)"
[ "$(told "$merge" JobState)" = FAILED ] || fail "the merge took incomplete results"
grep -q "5 runs of 40 are missing" "data/.runs/slurm-$merge.out" || fail "the merge does not tell what is missing"
grep -q ": 5/8$" "data/.runs/slurm-$merge.out" || fail "the merge does not name the shard"
[ ! -e data/echo.csv ] || fail "the merge wrote incomplete results"

# The same script again: only what is missing is run.
submit
await "the second merge has ended" has_ended "$merge"
[ "$(told "$merge" JobState)" = COMPLETED ] || fail "the second merge failed"
[ "$(grep -h "done now" "data/.runs/slurm-$array-5.out")" = "echo: shard 5/8: 5 runs, 5 of them done now" ] \
    || fail "the second array did not do what was missing"
for task in 0 1 2 3 4 6 7; do
    grep -q "5 runs, 0 of them done now" "data/.runs/slurm-$array-$task.out" || fail "task $task did its runs again"
done
for result in data/echo.csv data/echo.runs.csv data/echo.json plots/echo.png plots/echo.csv plots/echo.txt; do
    cmp "$result" "$work/local/$result" || fail "$result has other bytes than the local one"
done
echo "passed: $(slurmctld -V)"
