# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
# Completion of ovl and ovlc for bash.  The words are those of the command's own help, which it prints
# from its tables of options: verbs, options, and what an option takes.  Where the help has no words, a
# file is meant.

# Of each option its names, a line each, with its argument.
_ovl_options() {
	"$@" --help 2>/dev/null | sed -nE \
		-e 's/^  (-.), --([^ ]+)( ([^ ]+))?( .*)?$/\1 \4\n--\2 \4/p' \
		-e 's/^      --([^ ]+)( ([^ ]+))?( .*)?$/--\1 \3/p'
}

_ovl_verbs() {
	"$1" --help 2>/dev/null | sed -nE 's/^  ([a-z]+)  .*/\1/p'
}

# What may follow a verb at once, where that is a word of its own.
_ovl_actions() {
	"$@" --help 2>/dev/null | sed -nE 's/^(Usage:|      ) ovl [a-z]+ ([a-z]+) .*/\2/p'
}

# The words for an argument that the help names so.
_ovl_argument() {
	case $2 in
	*CHECK) "$1" -W help 2>/dev/null | sed -E 's/^([^ ]+) .*/\1\nno-\1/' ;;
	*[!a-z0-9\|]*) ;;
	*\|*) echo "${2//|/ }" ;;
	esac
}

_ovl() {
	local current=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
	local -a ask=("$1")
	local name argument takes='' names='' words=''

	# bash takes --name=value for three words.
	if [[ $current == '=' ]]; then
		current=''
	elif [[ $last == '=' ]]; then
		last=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [[ ${1##*/} == ovl ]]; then
		if ((COMP_CWORD == 1)) || [[ ${COMP_WORDS[1]} == help ]]; then
			((COMP_CWORD <= 2)) && words="$(_ovl_verbs "$1") help --help --version"
			mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
			return
		fi
		ask+=("${COMP_WORDS[1]}")
	fi
	while read -r name argument; do
		names+="$name "
		[[ $name == "$last" ]] && takes=$argument
	done < <(_ovl_options "${ask[@]}")
	if [[ $takes ]]; then
		words=$(_ovl_argument "$1" "$takes")
	elif [[ $current == -* ]]; then
		words=$names
	elif ((COMP_CWORD == 2 && ${#ask[@]} == 2)); then
		words=$(_ovl_actions "${ask[@]}")
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -o bashdefault -o default -F _ovl ovl ovlc
