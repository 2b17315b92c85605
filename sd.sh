set -x
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/user/0
export XDG_RUNTIME_DIR=/run/user/0 HOME=/tmp/w/h/scratch-crawl2/sdhome
mkdir -p $HOME/.config/systemd/user
cat > $HOME/.config/systemd/user/hello.service <<X
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'date >> $HOME/ran'
X
cat > $HOME/.config/systemd/user/hello.timer <<X
[Timer]
OnCalendar=*:*:0/5
AccuracySec=1s
[Install]
WantedBy=timers.target
X
cat > $HOME/.config/systemd/user/only.target <<X
[Unit]
Wants=hello.timer
X
rm -f $HOME/ran
timeout 20 /lib/systemd/systemd --user --unit=only.target --log-target=console --log-level=info
echo rc $?
cat $HOME/ran
