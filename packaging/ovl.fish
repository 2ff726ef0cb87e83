# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
# Completion of ovl and ovlc for fish.  The words are those of the command's own help, which it prints
# from its tables of options: verbs, options, and what an option takes.  Where the help has no words, a
# file is meant.

# Of each option its names, a line each: name, text, argument, with tabs between.
function __ovl_options
    $argv --help 2>/dev/null | awk '
        function put() {
            if (letter) print letter "\t" text "\t" argument
            if (name) print name "\t" text "\t" argument
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
end

function __ovl_argument --argument-names program argument
    if string match -q '*CHECK' -- $argument
        $program -W help 2>/dev/null | sed -E 's/^([^ ]+) .*/\1\nno-\1/'
    else if string match -qr '^[a-z0-9]+(\|[a-z0-9]+)+$' -- $argument
        string split '|' -- $argument
    end
end

# What may stand where the cursor is; nothing for a file.
function __ovl_words
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l ask $before[1]
    if test (string replace -r '.*/' '' -- $before[1]) = ovl
        if test (count $before) -eq 1; or test "$before[2]" = help
            test (count $before) -le 2; or return
            $before[1] --help 2>/dev/null | sed -nE 's/^  ([a-z]+)  +(.*)/\1\t\2/p'
            printf 'help\tSay what a verb takes or a message means\n'
            return
        end
        set -a ask $before[2]
    end
    set -l last $before[-1]
    set -l start ''
    # --name=value is one word.
    if string match -q -- '--*=*' $current
        set last (string replace -r '=.*' '' -- $current)
        set start $last=
    end
    for option in (__ovl_options $ask)
        set -l fields (string split \t -- $option)
        if test "$fields[1]" = "$last"; and test -n "$fields[3]"
            for word in (__ovl_argument $before[1] $fields[3])
                echo $start$word
            end
            return
        end
    end
    if string match -q -- '-*' $current
        __ovl_options $ask | cut -f 1,2
    else if test (count $before) -eq 2 -a (count $ask) -eq 2
        $ask --help 2>/dev/null | sed -nE 's/^(Usage:|      ) ovl [a-z]+ ([a-z]+) .*/\2/p'
    end
end

for command in ovl ovlc
    complete -c $command -n 'count (__ovl_words) >/dev/null' -f -a '(__ovl_words)'
end
