# SPDX-License-Identifier: Apache-2.0
# bash completion for frontdesk(1): verbs, options and files. What stands
# between "begin" and "end" is made by tools/manual from the tables of the
# program.

# Sets verbs (of a first word, "" for all first words), options and files (the
# options that take a file) of "$1", the words of the verb so far.
_frontdesk_words() {
	verbs='' options='' files=''
	case $1 in
# begin completion
	'') verbs='help init serve check domain dev dns mailbox oof photo contacts photo directory backend remote doctor setup backup restore migrate export import audit milter' ;;
	'domain') verbs='add list remove certificate' ;;
	'dev') verbs='fault' ;;
	'mailbox') verbs='add list show set passwd export remove import alias owner' ;;
	'oof') verbs='show set off list log explain script' ;;
	'photo') verbs='set get remove hide unhide list import export' ;;
	'contacts') verbs='import list sync status clear' ;;
	'directory') verbs='test list sync' ;;
	'backend') verbs='list test resync' ;;
	'remote') verbs='oof photo' ;;
	'remote oof') verbs='get set' ;;
	'remote photo') verbs='get set' ;;
	'setup') verbs='dovecot postfix' ;;
	'init') options=' --domain --host --listen --config --json --help' files=' --config -c' ;;
	'serve') options=' --without-web --config --json --help' files=' --config -c' ;;
	'check') options=' --config --json --help' files=' --config -c' ;;
	'domain add') options=' --organization --config --json --help' files=' --config -c' ;;
	'domain list') options=' --config --json --help' files=' --config -c' ;;
	'domain remove') options=' --config --json --help' files=' --config -c' ;;
	'domain certificate') options=' --config --json --help' files=' --config -c' ;;
	'dev fault') options=' --listen --config --json --help' files=' --config -c' ;;
	'dev') options=' --listen --user --fault --fault-every --config --json --help' files=' --config -c' ;;
	'dns') options=' --ttl --config --json --help' files=' --config -c' ;;
	'mailbox add') options=' --name --external --tz --alias --password-stdin --config --json --help' files=' --config -c' ;;
	'mailbox list') options=' --config --json --help' files=' --config -c' ;;
	'mailbox show') options=' --config --json --help' files=' --config -c' ;;
	'mailbox set') options=' --name --external --tz --config --json --help' files=' --config -c' ;;
	'mailbox passwd') options=' --password-stdin --none --config --json --help' files=' --config -c' ;;
	'mailbox export') options=' --config --json --help' files=' --config -c' ;;
	'mailbox remove') options=' --yes --config --json --help' files=' --config -c' ;;
	'mailbox import') options=' --update --dry-run --config --json --help' files=' --config -c' ;;
	'mailbox alias') options=' --config --json --help' files=' --config -c' ;;
	'mailbox owner') options=' --config --json --help' files=' --config -c' ;;
	'oof show') options=' --config --json --help' files=' --config -c' ;;
	'oof set') options=' --from --to --tz --internal --internal-file --external --external-file --audience --lang --keep --config --json --help' files=' --internal-file --external-file --config -c' ;;
	'oof off') options=' --config --json --help' files=' --config -c' ;;
	'oof list') options=' --all --config --json --help' files=' --config -c' ;;
	'oof log') options=' --limit --config --json --help' files=' --config -c' ;;
	'oof explain') options=' --sender --message --recipient --at --authenticated --config --json --help' files=' --message --config -c' ;;
	'oof script') options=' --size-max --config --json --help' files=' --config -c' ;;
	'photo set') options=' --config --json --help' files=' --config -c' ;;
	'photo get') options=' --size --output --config --json --help' files=' --output --config -c' ;;
	'photo remove') options=' --config --json --help' files=' --config -c' ;;
	'photo hide') options=' --config --json --help' files=' --config -c' ;;
	'photo unhide') options=' --config --json --help' files=' --config -c' ;;
	'photo list') options=' --config --json --help' files=' --config -c' ;;
	'contacts import') options=' --replace --config --json --help' files=' --config -c' ;;
	'contacts list') options=' --config --json --help' files=' --config -c' ;;
	'contacts sync') options=' --config --json --help' files=' --config -c' ;;
	'contacts status') options=' --config --json --help' files=' --config -c' ;;
	'contacts clear') options=' --origin --config --json --help' files=' --config -c' ;;
	'photo import') options=' --map --dry-run --jobs --resume --config --json --help' files=' --config -c' ;;
	'photo export') options=' --size --domain --force --config --json --help' files=' --config -c' ;;
	'directory test') options=' --config --json --help' files=' --config -c' ;;
	'directory list') options=' --config --json --help' files=' --config -c' ;;
	'directory sync') options=' --config --json --help' files=' --config -c' ;;
	'backend list') options=' --config --json --help' files=' --config -c' ;;
	'backend test') options=' --user --config --json --help' files=' --config -c' ;;
	'backend resync') options=' --address --config --json --help' files=' --config -c' ;;
	'remote oof get') options=' --url --user --password-stdin --bearer-stdin --bearer-file --negotiate --act-as --ca --connect-to --dns-server --timeout --config --json --help' files=' --bearer-file --ca --config -c' ;;
	'remote oof set') options=' --from --to --tz --internal --internal-file --external --external-file --audience --lang --keep --off --url --user --password-stdin --bearer-stdin --bearer-file --negotiate --act-as --ca --connect-to --dns-server --timeout --config --json --help' files=' --internal-file --external-file --bearer-file --ca --config -c' ;;
	'remote photo get') options=' --size --output --tag --soap --url --user --password-stdin --bearer-stdin --bearer-file --negotiate --act-as --ca --connect-to --dns-server --timeout --config --json --help' files=' --output --bearer-file --ca --config -c' ;;
	'remote photo set') options=' --url --user --password-stdin --bearer-stdin --bearer-file --negotiate --act-as --ca --connect-to --dns-server --timeout --config --json --help' files=' --bearer-file --ca --config -c' ;;
	'doctor') options=' --write --url --user --password-stdin --bearer-stdin --bearer-file --negotiate --act-as --ca --connect-to --dns-server --timeout --config --json --help' files=' --bearer-file --ca --config -c' ;;
	'setup dovecot') options=' --dovecot --programs --test --sender --config --json --help' files=' --dovecot --config -c' ;;
	'setup postfix') options=' --postfix --programs --test --sink --smtp --sink-listen --config --json --help' files=' --config -c' ;;
	'backup') options=' --config --json --help' files=' --config -c' ;;
	'restore') options=' --replace --config --json --help' files=' --config -c' ;;
	'migrate') options=' --config --json --help' files=' --config -c' ;;
	'export') options=' --config --json --help' files=' --config -c' ;;
	'import') options=' --merge --update --config --json --help' files=' --config -c' ;;
	'audit') options=' --since --config --json --help' files=' --config -c' ;;
	'milter') options=' --config --json --help' files=' --config -c' ;;
# end completion
	esac
}

_frontdesk() {
	local current=$2 previous=$3 word verb='' skip=''
	local verbs options files
	COMPREPLY=()

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [ -n "$skip" ]; then
			skip=''
			continue
		fi
		case $word in
		-c | --config) skip=yes ;;
		-*) ;;
		*)
			_frontdesk_words "${verb:+$verb }$word"
			if [ -n "$verbs$options" ]; then
				verb=${verb:+$verb }$word
			fi
			;;
		esac
	done

	_frontdesk_words "$verb"
	case " $files -c --config " in
	*" $previous "*)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	esac
	case $current in
	-*) mapfile -t COMPREPLY < <(compgen -W \
		"${options:---config --json --help --version}" -- "$current") ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$current") ;;
	esac
}

# Operands that are files are completed by default, when nothing else fits.
complete -o default -F _frontdesk frontdesk
