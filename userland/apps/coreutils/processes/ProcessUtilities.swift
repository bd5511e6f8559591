// SPDX-License-Identifier: MIT
public import UtilityFrame

/// The utilities on processes, time and the system, in order of their names.
public var processUtilities: [Utility] {
  // Compiled here and not again in each module that uses it.
  @export(interface)
  get {
    [
      Utility("clear", Clear.self), Utility("date", Date.self), Utility("dmesg", Dmesg.self),
      Utility("env", Env.self), Utility("flock", Flock.self),
      Utility("free", Free.self), Utility("groups", Groups.self),
      Utility("id", Id.self),
      Utility("kill", Kill.self), Utility("nice", Nice.self), Utility("nproc", Nproc.self),
      Utility("pgrep", Pgrep.self),
      Utility("pkill", Pkill.self), Utility("ps", Ps.self), Utility("sleep", Sleep.self),
      Utility("stty", Stty.self), Utility("time", Time.self), Utility("timeout", Timeout.self),
      Utility("top", Top.self), Utility("tty", TerminalName.self),
      Utility("uname", Uname.self), Utility("uptime", Uptime.self), Utility("whoami", Whoami.self),
    ]
  }
}
