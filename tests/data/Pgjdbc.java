import java.sql.*;

/** The usual operations of pgjdbc; prints one word for each that went as it should. */
public class Pgjdbc {
  public static void main(String[] arguments) throws Exception {
    String url = "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/orders-db?sslmode=require";
    try (Connection c = DriverManager.getConnection(url, "x", System.getenv("PGPASSWORD"))) {
      // Often enough for pgjdbc to prepare it on the server.
      for (int i = 0; i < 8; i++) {
        try (PreparedStatement s = c.prepareStatement("SELECT name FROM customers WHERE id = ?")) {
          s.setInt(1, 7);
          ResultSet r = s.executeQuery();
          r.next();
          if (i == 7) System.out.println(r.getString(1).replace("name ", "name:"));
        }
      }
      c.setAutoCommit(false);
      try (Statement s = c.createStatement()) {
        s.setFetchSize(50);
        ResultSet r = s.executeQuery("SELECT * FROM customers");
        int count = 0;
        while (r.next()) count++;
        System.out.println(count);
      }
      try (Statement s = c.createStatement()) {
        s.execute("DROP TABLE customers");
      } catch (SQLException refused) {
        System.out.println(refused.getSQLState());
      }
      c.rollback();
      try (Statement s = c.createStatement()) {
        ResultSet r = s.executeQuery("SELECT 'still'");
        r.next();
        System.out.println(r.getString(1));
        s.executeUpdate("INSERT INTO notes VALUES (1, 'x')");
        c.rollback();
        r = s.executeQuery("SELECT count(*) FROM notes");
        r.next();
        System.out.println("rolled:" + r.getInt(1));
      }
      try (PreparedStatement s = c.prepareStatement("INSERT INTO notes VALUES (?, ?)")) {
        Savepoint before = null;
        for (int i = 0; i < 200; i++) {
          s.setInt(1, i);
          s.setString(2, "batch");
          s.addBatch();
        }
        s.executeBatch();
        before = c.setSavepoint();
        try (Statement d = c.createStatement()) {
          d.execute("DROP TABLE notes");
        } catch (SQLException refused) {
          c.rollback(before);
        }
        c.commit();
      }
      try (Statement s = c.createStatement()) {
        ResultSet r = s.executeQuery("SELECT count(DISTINCT body) FROM notes HAVING count(*) = 200");
        r.next();
        System.out.println("kept:" + r.getInt(1));
        s.executeUpdate("DELETE FROM notes");
        c.commit();
      }
    }
    System.out.println("bye");
  }
}
