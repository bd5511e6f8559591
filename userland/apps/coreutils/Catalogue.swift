// SPDX-License-Identifier: MIT
import FileUtilities
import ProcessUtilities
import TextUtilities
public import UtilityFrame

/// All utilities of the program, each group in its own order.
public enum Catalogue {
  public static var table: UtilityTable {
    @export(interface)
    get { UtilityTable(fileUtilities + processUtilities + textUtilities) }
  }
}
