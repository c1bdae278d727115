using System.Text;
using System.Text.Json;
using CsCheck;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Tests.Feeds;
using Godwit.Tests.Sessions;

namespace Godwit.Tests.Presence;

/// <summary>Whatever members do, a client that goes by the frames knows in the end who is there.</summary>
public sealed class PresenceProperties
{
    private const int Clients = 7;

    private static readonly RoomName Team = RoomName.Parse("team:1");
    private static readonly PresencePolicy Policy = new() { Enabled = true, SampleAbove = 4 };

    [Fact]
    public void Who_goes_by_the_frames_knows_who_is_there_however_slowly_it_takes_them()
    {
        Gen.Select(Gen.Int[0, 7], Gen.Int[0, Clients - 1], Gen.Int[0, 30]).Array[1, 60].Sample(
            static script =>
            {
                using var rooms = new LiveRooms();
                SessionClient[] clients = [.. Enumerable.Range(0, Clients).Select(_ => new SessionClient(rooms: rooms, presence: Policy).Hello())];
                var watching = new SessionClient(rooms: rooms, presence: Policy).Hello();
                var view = new View();

                // One that takes its frames at once, so that the two stand at different places.
                var quick = new SessionClient(rooms: rooms, presence: Policy).Hello();
                quick.Join(false);
                view.Take(watching.Send("""{"op":"join","room":"team:1","present":false}"""));
                foreach ((int kind, int which, int number) in script)
                {
                    SessionClient client = clients[which];
                    switch (kind)
                    {
                        case 0 or 1:
                            client.Send($$"""{"op":"join","room":"team:1","present":true,"state":{{number}}}""");
                            break;
                        case 2:
                            client.Send("""{"op":"leave","room":"team:1"}""");
                            break;
                        case 3:
                            client.Send($$"""{"op":"members","room":"team:1","state":{{number}}}""");
                            break;
                        case 4:
                            client.Connection.Abort();
                            rooms.Queue.RunAll();
                            clients[which] = new SessionClient(rooms: rooms, presence: Policy).Hello(number < 20 ? $$""","session":"{{client.Token}}" """ : "");
                            break;
                        case 5:
                            watching.Outlet.Take = number < 15 ? static _ => 1 : null;
                            watching.Outlet.Let();
                            break;
                        default:
                            rooms.Advance(TimeSpan.FromMilliseconds(50 * number));
                            break;
                    }

                    view.Take(watching.Receive());
                }

                // By then the grace of those who were lost is over, and all is told.
                rooms.Attendances.SettledAsync().Wait(TestContext.Current.CancellationToken);
                watching.Outlet.Take = null;
                watching.Outlet.Let();
                rooms.Advance(TimeSpan.FromSeconds(8));
                view.Take(watching.Receive());

                MemberPage page = LiveRooms.Get(rooms.Store.MembersAsync(Team, null, 100, CancellationToken.None));
                Assert.Equal(page.Count, view.Count);
                if (page.Count <= Policy.SampleAbove)
                {
                    Assert.Equal(page.Members.Select(static member => ($"{member.Session:x32}", Encoding.UTF8.GetString(member.State.Span))), view.Members.Select(static pair => (pair.Key, pair.Value)));
                }
                else
                {
                    Assert.False(view.IsWhole);
                }
            },
            iter: 300,
            threads: 1);
    }

    /// <summary>What a client makes of the frames.</summary>
    private sealed class View
    {
        public SortedDictionary<string, string> Members { get; } = new(StringComparer.Ordinal);

        public int Count { get; private set; }

        public bool IsWhole { get; private set; }

        public void Take(List<JsonElement> frames)
        {
            foreach (JsonElement frame in frames.Where(static frame => SessionClient.Op(frame) == "members"))
            {
                Count = frame.GetProperty("count").GetInt32();
                if (frame.TryGetProperty("sample", out JsonElement sample))
                {
                    Assert.True(Count > Policy.SampleAbove && sample.GetArrayLength() == Math.Min(Count, 10));
                    IsWhole = false;
                    Members.Clear();
                    continue;
                }

                if (frame.TryGetProperty("members", out JsonElement all))
                {
                    IsWhole = true;
                    Members.Clear();
                    Add(all);
                    continue;
                }

                Assert.True(IsWhole, "Changes came without a list that they change.");
                foreach (JsonElement left in frame.GetProperty("left").EnumerateArray())
                {
                    Members.Remove(left.GetString()!);
                }

                Add(frame.GetProperty("changed"));
                Assert.Equal(Count, Members.Count);
            }
        }

        private void Add(JsonElement members)
        {
            foreach (JsonElement member in members.EnumerateArray())
            {
                Members[member.GetProperty("session").GetString()!] = member.TryGetProperty("state", out JsonElement state) ? state.GetRawText() : "";
            }
        }
    }
}
