#compdef ovl ovlc
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
# Completion of ovl and ovlc for zsh.  The words are those of the command's own help, which it prints
# from its tables of options: verbs, options, and what an option takes.  Where the help has no words, a
# file is meant.

# Of each option its names, a line each: name, argument, text, with tabs between.
_ovl_options() {
	"$@" --help 2>/dev/null | awk '
		function put() {
			if (letter) print letter "\t" argument "\t" text
			if (name) print name "\t" argument "\t" text
			letter = name = ""
		}
		/^  (-.,|   ) --/ {
			put()
			letter = substr($0, 3, 1) == "-" ? substr($0, 3, 2) : ""
			name = text = substr($0, 7)
			sub(/ .*/, "", name)
			text = substr(text, length(name) + 1)
			argument = text ~ /^ [^ ]/ ? substr(text, 2) : ""
			sub(/ .*/, "", argument)
			text = substr(text, argument ? length(argument) + 2 : 1)
			sub(/^ +/, "", text)
			next
		}
		name && /^ / { sub(/^ +/, text ? " " : ""); text = text $0; next }
		{ put() }
		END { put() }'
}

_ovl_verbs() {
	"$1" --help 2>/dev/null | sed -nE 's/^  ([a-z]+)  +(.*)/\1:\2/p'
}

_ovl_actions() {
	"$@" --help 2>/dev/null | sed -nE 's/^(Usage:|      ) ovl [a-z]+ ([a-z]+) .*/\2/p'
}

_ovl_argument() {
	case $2 in
	*CHECK) "$1" -W help 2>/dev/null | sed -E 's/^([^ ]+) .*/\1\nno-\1/' ;;
	*[^a-z0-9\|]*) ;;
	*\|*) print -l -- ${(s:|:)2} ;;
	esac
}

_ovl() {
	local -a ask offered found
	local name argument text last=$words[CURRENT-1] takes=

	ask=($words[1])
	if [[ ${words[1]:t} == ovl ]]; then
		if (( CURRENT == 2 )) || [[ $words[2] == help ]]; then
			offered=(${(f)"$(_ovl_verbs $words[1])"} 'help:Say what a verb takes or a message means')
			(( CURRENT <= 3 )) && _describe verb offered
			return
		fi
		ask+=($words[2])
	fi
	# --name=value is one word.
	if [[ $words[CURRENT] == --*=* ]]; then
		last=${words[CURRENT]%%=*}
		compset -P '*='
	fi
	while IFS=$'\t' read -r name argument text; do
		offered+=("${name//:/\\:}:$text")
		[[ $name == $last ]] && takes=$argument
	done < <(_ovl_options $ask | sed 's/\t\t/\t \t/')
	takes=${takes# }
	if [[ -n $takes ]]; then
		found=(${(f)"$(_ovl_argument $words[1] $takes)"})
	elif [[ $words[CURRENT] == -* ]]; then
		_describe -o option offered
		return
	elif (( CURRENT == 3 && $#ask == 2 )); then
		found=(${(f)"$(_ovl_actions $ask)"})
	fi
	if (( $#found )); then
		_describe word found
	else
		_files
	fi
}

_ovl "$@"
