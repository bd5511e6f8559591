// SPDX-License-Identifier: MIT
import System

/// Scripts, what they print and their status, under a sentence that they show.
var scripts: [(StaticString, [(Text, Text, UInt32)])] {
  [
    ("the examples of the mission work as written", examples),
    ("pipelines join programs, builtins and functions", pipelines),
    ("redirections lead to files and back", redirections),
    ("jobs run in the background and are waited for", jobs),
    ("the end of a command is its status", statuses),
    ("what is killed ends its pipeline", kills),
    ("names are found by patterns", patterns),
    ("any bytes pass through", bytes),
  ]
}

private var examples: [(Text, Text, UInt32)] {
  [
    (
      """
      # Variables with types
      let name = "Redox"
      let count: int = 42
      # Array operations
      let files = [file1.txt file2.txt file3.txt]
      echo @files
      fn greet name
      echo "Hello, $name !"
      end
      greet "World"
      # Try-catch style error handling
      if test -f file.txt
      cat file.txt
      else
      echo "File not found"
      end
      """, "file1.txt file2.txt file3.txt\nHello, World !\nFile not found\n", 0
    )
  ]
}

private var pipelines: [(Text, Text, UInt32)] {
  [
    ("echo a | cat", "a\n", 0),
    // What replaces the shell has its own name in the kernel's list.
    ("ion -c 'exec tac /scheme/sys/context' | grep -c ' tac$'", "1\n", 0),
    ("echo a | cat | cat | cat | cat | cat | cat | cat", "a\n", 0),
    ("/bin/echo a | cat", "a\n", 0),
    ("fn twice; read x; echo $x$x; end; echo a | twice | cat", "aa\n", 0),
    ("fn twice; read x; echo $x$x; end; /bin/echo a | twice | twice", "aaaa\n", 0),
    ("fn say; echo one; echo two; end; say | mapfile l | cat; echo ok", "ok\n", 0),
    ("echo $(echo a | cat) $(echo b)", "a b\n", 0),
    ("echo @(echo a b)", "a b\n", 0),
    ("ls /scheme/absent ^| cat | cat > /scheme/tmp/test-shell/e; test -s e; echo $?", "0\n", 0),
    ("ls /scheme/absent ^> e; echo a &> f; cat f", "a\n", 0),
    ("cat e e &| cat | cat > f; test -s f && echo full", "full\n", 0),
    ("false | true; echo $?; true | false; echo $?", "0\n1\n", 0),
    ("set -p; false | true; echo $?", "1\n", 0),
    ("true && echo a || echo b; false && echo a || echo b", "a\nb\n", 0),
    // More than a pipe holds, in and out of the shell itself.
    (
      "fn many; for x in 1..=3000; echo 0123456789012345678901234567890; end; end\n"
        + "let n = $len_bytes($(many | cat | cat)); echo $n", "95999\n", 0
    ),
    (
      "fn many; for x in 1..=3000; echo 0123456789012345678901234567890; end; end\n"
        + "many | cat > f; let t = $(cat f); echo $len_bytes($t)", "95999\n", 0
    ),
    ("fn all; while read x; echo $x; end; end; cat f | all | cat > e; echo $?", "0\n", 0),
  ]
}

private var redirections: [(Text, Text, UInt32)] {
  [
    ("echo a > f; echo b >> f; cat f; cat < f", "a\nb\na\nb\n", 0),
    ("cat <<< word", "word\n", 0),
    ("cat << END\na\nb\nEND", "a\nb\n", 0),
    ("let x = 1; cat << END\n$x\nEND", "1\n", 0),
    ("echo a > f | cat; cat f", "a\na\n", 0),
    ("cat < absent", "", 1),
    ("echo a > /scheme/initfs/x", "", 1),
    ("read x y < f; echo $x; echo a > f; cat < f <<< b", "a\na\nb\n", 0),
  ]
}

private var jobs: [(Text, Text, UInt32)] {
  [
    ("sleep 0.05 &; wait; echo $?", "0\n", 0),
    ("/bin/false &; wait %1; echo $?; /bin/false &; wait; echo $?", "1\n0\n", 0),
    ("/bin/echo a | cat > f &; wait; cat f", "a\n", 0),
    ("sleep 100 &; let job = [@split($(jobs))]; kill -9 @job[1]; wait %1; echo $?", "137\n", 0),
    ("for x in 1..=10; sleep 0.0$x &; end; wait; jobs; echo $?", "0\n", 0),
    ("sleep 0.01 &!; jobs", "", 0),
  ]
}

private var statuses: [(Text, Text, UInt32)] {
  [
    ("nosuch", "", 127), ("nosuch || echo $?", "127\n", 0), ("exit 300", "", 44),
    ("/bin/false", "", 1), ("/scheme/initfs/lib/services/tmpfs", "", 126),
    ("./absent/x", "", 127), ("$(nosuch)", "", 1), ("nosuch; echo $?", "127\n", 0),
    ("cd /; pwd -P", "/\n", 0), ("pwd --nonsense", "", 2),
    ("echo $absent", "", 1),
    ("if", "", 1), ("kill -9 $PID", "", 137), ("/bin/ion -c 'kill -15 $PID'", "", 143),
    ("exec /bin/false; echo not here", "", 1), ("exec /bin/echo a > f; echo b", "", 0),
    ("cat f", "a\n", 0), ("exec /absent || echo $?", "127\n", 0), ("exec /absent", "", 127),
    ("set -e; false; echo a", "", 1),
  ]
}

private var kills: [(Text, Text, UInt32)] {
  // A stage that writes without end, one that reads without end, and one that is killed.
  let writes: Text = "/bin/ion -c 'while true; echo y; end'"
  let dies: Text = "/bin/ion -c 'read x; kill -9 $PID'"
  return [
    ("/bin/ion -c 'echo a; kill -9 $PID' | cat; echo $?", "a\n0\n", 0),
    ("echo a | " + dies + " | cat; echo $?", "0\n", 0),
    ("echo a | cat | " + dies, "", 137),
    (writes + " | " + dies + "; echo $?", "137\n", 0),
    (writes + " | cat | " + dies + " | cat; echo $?", "0\n", 0),
    (writes + " | cat | cat | " + dies + "; echo $?", "137\n", 0),
    ("fn y; while true; echo y; end; end; y | " + dies + "; echo $?", "137\n", 0),
    ("fn y; while true; echo y; end; end; y | cat | " + dies + " | cat; echo $?", "0\n", 0),
    ("fn r; while read x; true; end; end; echo a | " + dies + " | r; echo $?", "0\n", 0),
    ("set -p; echo a | " + dies + " | cat; echo $?", "137\n", 0),
  ]
}

private var patterns: [(Text, Text, UInt32)] {
  [
    (
      "cd /scheme/initfs/lib; echo i*; echo s*/t?pfs; echo init.d/*_logd*",
      "init.d\nservices/tmpfs\ninit.d/00_logd.service\n", 0
    ),
    ("echo a* > 'sp ace*'; cat sp*; echo 'sp'*", "a*\nsp ace*\n", 0),
    ("echo {a,b}{1..3}", "a1 a2 b1 b2\n", 0),
    ("for f in /scheme/initfs/bin/io*; echo $f; end", "/scheme/initfs/bin/ion\n", 0),
    ("cd /scheme/initfs; pwd; cd -; pwd", "/scheme/initfs\n/scheme/tmp/test-shell\n", 0),
  ]
}

private var bytes: [(Text, Text, UInt32)] {
  let wild = Text([0xFF, 0xC3, 0x28, 0xE2, 0x82, 0xF0, 0x80])
  return [
    ("echo " + wild, wild + "\n", 0),
    ("echo '" + wild + "' | cat", wild + "\n", 0),
    ("let x = " + wild + "; echo $x $len_bytes($x)", wild + " 7\n", 0),
    (
      "echo " + wild + " > " + wild + "; cat " + wild + "; for f in ?*; test -f $f || echo $f; end",
      wild + "\n", 0
    ),
    ("let x = $reverse(" + wild + "); echo $len_bytes($x)", "7\n", 0),
    ("echo $to_uppercase('" + wild + "') | cat", wild + "\n", 0),
  ]
}
