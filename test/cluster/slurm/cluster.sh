#!/usr/bin/env bash
# A Slurm cluster on one machine, for tests: a controller and two nodes, loopback addresses only, without systemd and
# accounting. Everything it writes is in one folder; `stop` ends everything it started. Each node is a Linux namespace,
# with a host name and process ids of its own, so that it can lose its power.
#
#   cluster.sh start DIR                two nodes, n1 and n2, of CPUS processors each (4 by default)
#   cluster.sh stop DIR
#   cluster.sh kill-node DIR n1         its daemon and all that runs on it are killed
#   cluster.sh start-node DIR n1
#   cluster.sh pause-node DIR n1        nothing on it answers, nothing ends
#   cluster.sh resume-node DIR n1
#   cluster.sh kill-controller DIR      jobs that run go on
#   cluster.sh start-controller DIR
#
# Needs the packages slurmctld, slurmd, slurm-client and munge, and the right to make namespaces.
set -euo pipefail

fail() { echo "cluster.sh: $*" >&2; exit 1; }
[ $# -ge 2 ] || fail 'give a command and a folder'
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
shift 2
export PATH=$PATH:/usr/sbin:/sbin SLURM_CONF=$dir/slurm.conf
run=$dir/run

# A process that has ended but that nobody has waited for is gone, too.
is_gone() {
  local state
  state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1) || true
  [ -z "$state" ] || [ "$state" = Z ]
}
alive() { [ -s "$1" ] && ! is_gone "$(cat "$1")"; }

end_pid() { # file signal
  local pid
  [ -s "$1" ] || return 0
  pid=$(cat "$1")
  if ! is_gone "$pid"; then
    kill "-$2" "$pid" 2>/dev/null || true
    for _ in $(seq 100); do is_gone "$pid" && break; sleep 0.05; done
    is_gone "$pid" || kill -9 "$pid" 2>/dev/null || true
  fi
  rm -f "$1"
}

wait_for() { # seconds what command...
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $until ] || { tail -n 5 "$dir"/log/*.log >&2 2>/dev/null; fail "$what did not start"; }
    sleep 0.1
  done
}

free_ports() { # count: so many consecutive ports on which nothing listens
  local base p
  for _ in $(seq 50); do
    base=$((20000 + RANDOM % 10000))
    for p in $(seq "$base" $((base + $1 - 1))); do
      (: </dev/tcp/127.0.0.1/"$p") 2>/dev/null && continue 2
    done
    echo "$base"
    return
  done
  fail 'no free ports'
}

in_namespace() {
  local rights=()
  [ "$(id -u)" = 0 ] || rights=(--user --map-current-user --keep-caps)
  exec unshare "${rights[@]}" --mount --uts --pid --fork --mount-proc --kill-child "$@"
}

write_config() {
  local base user cpus=${CPUS:-4}
  base=$(free_ports 3)
  user=$(id -un)
  cat > "$SLURM_CONF" <<CONF
ClusterName=loopback
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$base
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CredType=cred/munge
# A job of a lost node begins again once the credentials of its first attempt have expired.
AuthInfo=socket=$run/munge.socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$run/slurmctld.pid
SlurmdPidFile=$run/slurmd.%n.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/%n.log
SlurmctldParameters=enable_configless
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
# Nodes may claim more than the machine has.
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0,requeue_setup_env_fail
# A node that does not answer is down after ten seconds, and its jobs run again elsewhere.
SlurmdTimeout=10
SlurmctldTimeout=30
TCPTimeout=2
MessageTimeout=5
KillWait=5
MinJobAge=300
ReturnToService=2
JobRequeue=1
MaxArraySize=1001
NodeName=n[1-2] NodeAddr=127.0.0.1 Port=[$((base + 1))-$((base + 2))] CPUs=$cpus RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=n[1-2] Default=YES MaxTime=01:00:00 State=UP
CONF
  { echo "127.0.0.1 localhost $(hostname) $(hostname -s)"; echo '127.0.0.1 n1'; echo '127.0.0.1 n2'; } > "$dir/hosts"
}

start_munge() {
  [ -s "$dir/munge.key" ] || (umask 077; head -c 128 /dev/urandom > "$dir/munge.key")
  # --force: the folder may be below one that others may write to, such as /tmp.
  munged --force --key-file="$dir/munge.key" --socket="$run/munge.socket" --pid-file="$run/munged.pid" \
    --log-file="$dir/log/munged.log" --seed-file="$run/munged.seed" 2>>"$dir/log/munged.err"
  wait_for 10 munged alive "$run/munged.pid"
}

start_controller() { # -i only the first time: there is no state yet
  slurmctld "$@" >>"$dir/log/slurmctld.out" 2>&1
  wait_for 20 slurmctld scontrol ping
}

# A node binds to the address of its name, which only its own table of hosts knows.
start_node() {
  mkdir -p "$dir/spool/$1"
  ( in_namespace sh -c 'hostname "$1" && mount --bind "$2/hosts" /etc/hosts &&
    exec slurmd -D -N "$1"' sh "$1" "$dir" ) \
    >>"$dir/log/$1.out" 2>&1 </dev/null &
  echo $! > "$run/node.$1.pid"
}

# The first process of a node's namespace, its daemon: KILL of it takes all others with it.
node_daemon() {
  local pid
  pid=$(cat "$run/node.$1.pid" 2>/dev/null) && [ -n "$pid" ] || return 0
  cut -d' ' -f1 "/proc/$pid/task/$pid/children" 2>/dev/null || true
}

# Every process of the same namespace.
node_processes() {
  local daemon space file
  daemon=$(node_daemon "$1")
  [ -n "$daemon" ] || return 0
  space=$(readlink "/proc/$daemon/ns/pid") && [ "$space" != "$(readlink /proc/self/ns/pid)" ] || return 0
  for file in /proc/[0-9]*/ns/pid; do
    [ "$(readlink "$file" 2>/dev/null)" = "$space" ] && { file=${file#/proc/}; echo "${file%/ns/pid}"; }
  done
  return 0
}

signal_node() { # node signal
  local all
  if [ "$2" = KILL ]; then all=$(node_daemon "$1"); else all=$(node_processes "$1"); fi
  # shellcheck disable=SC2086
  [ -z "$all" ] || kill "-$2" $all 2>/dev/null || true
}

all_idle() { [ "$(sinfo -h -N -p main -t idle -o %N | sort -u | wc -l)" = 2 ]; }

case $command in
  start)
    for program in slurmctld slurmd sbatch munged; do
      command -v "$program" >/dev/null || fail "$program is not installed"
    done
    ( in_namespace true ) 2>/dev/null || fail 'this user may not make namespaces; run it as root'
    mkdir -p "$dir"/{state,spool,log,run}
    chmod 755 "$run"
    write_config
    start_munge
    start_controller -i
    start_node n1
    start_node n2
    wait_for 30 'a node' all_idle
    ;;
  stop)
    end_pid "$run/slurmctld.pid" KILL
    for node in n1 n2; do signal_node "$node" KILL; rm -f "$run/node.$node.pid"; done
    end_pid "$run/munged.pid" TERM
    ;;
  kill-node) signal_node "$1" KILL ;;
  start-node) start_node "$1" ;;
  pause-node) signal_node "$1" STOP ;;
  resume-node) signal_node "$1" CONT ;;
  kill-controller) end_pid "$run/slurmctld.pid" KILL ;;
  start-controller) start_controller ;;
  *) fail "no command $command" ;;
esac
