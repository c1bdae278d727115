using System.Buffers.Binary;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>The leases of sessions on rooms as they were some seconds ago, so that members stay when the server is started anew.</summary>
internal sealed class LeaseTable(Database database)
{
    private readonly Statement _put = database.Prepare("INSERT OR REPLACE INTO leases(room, session, holder, user, state, since, ends) VALUES(?, ?, ?, ?, ?, ?, ?)");
    private readonly Statement _delete = database.Prepare("DELETE FROM leases WHERE room = ? AND session = ? AND holder = ?");

    /// <summary>Keeps a lease.</summary>
    public void Put(RoomName room, Member member, string holder, long ends) => _put
        .Bind(1, room.ToString()).Bind(2, Octets(member.Session)).Bind(3, holder).Bind(4, member.User).Bind(5, member.State.Span).Bind(6, member.Since).Bind(7, ends).Run();

    /// <summary>Lets go of a lease that has ended.</summary>
    public void Delete(RoomName room, UInt128 session, string holder) => _delete.Bind(1, room.ToString()).Bind(2, Octets(session)).Bind(3, holder).Run();

    /// <summary>Gives each lease that is not over, in the order of their ends, and lets go of the rest.</summary>
    public void Restore(long now, Action<RoomName, Member, string, TimeSpan> restore)
    {
        database.Execute($"DELETE FROM leases WHERE ends <= {now}");
        using Statement all = database.Prepare("SELECT room, session, holder, user, state, since, ends FROM leases ORDER BY ends");
        while (all.Step())
        {
            var member = new Member(BinaryPrimitives.ReadUInt128BigEndian(all.Span(1)), all.TextOrNull(3), all.Octets(4), all.Number(5));
            restore(RoomName.Parse(all.Text(0)), member, all.Text(2), TimeSpan.FromMilliseconds(all.Number(6) - now));
        }
    }

    private static byte[] Octets(UInt128 session)
    {
        byte[] octets = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(octets, session);
        return octets;
    }
}
