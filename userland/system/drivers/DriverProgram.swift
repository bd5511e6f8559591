// SPDX-License-Identifier: MIT
import ABI
public import Base
import Core

/// What a driver's `main` has in common with others.
public enum DriverProgram {
  /// The function's folder: the first argument, or what `pcid-spawner` shows.
  public static var functionPath: Text {
    Arguments.count > 1 ? Arguments.text(at: 1) : "/scheme/pci"
  }

  /// Ends a driver that cannot drive its device.
  @export(interface)
  public static func fail(_ reason: Text) -> Never {
    Log.error(reason)
    exit(1)
  }

  /// Ends a driver whose function refused something.
  @export(interface)
  public static func fail(_ error: SystemError) -> Never {
    fail(
      Text { line in
        line.put("cannot drive ")
        line.put(functionPath)
        line.put(": ")
        line.put(error.explanation)
      })
  }
}
