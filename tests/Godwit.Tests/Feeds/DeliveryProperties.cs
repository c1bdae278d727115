using CsCheck;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

/// <summary>Log, tail, attach and pump under random interleavings: every client gets every entry once and in order, or is told.</summary>
public sealed class DeliveryProperties
{
    private static readonly Framing[] Framings = [Framing.WebSocket, Framing.Ndjson, Framing.ServerSentEventsFull, Framing.ServerSentEvents];

    private static readonly Gen<Step[]> Steps = Gen.Select(Gen.Int[0, 15], Gen.Int[0, 7], Gen.Int[0, 1000], Gen.Int[0, 1000])
        .Select(static (kind, who, a, b) => new Step(kind, who, a, b)).Array[0, 150];

    private static readonly Retention[] Retentions =
    [
        new(),
        new() { Entries = 3 },
        new() { Bytes = 2000 },
        new() { Age = TimeSpan.FromSeconds(3), Entries = 20 },
    ];

    [Fact]
    public void Whatever_is_interleaved_every_client_gets_every_entry_once_and_in_order() =>
        Gen.Select(Steps, Gen.Int[0, 3], Gen.Int[1, 2]).Sample(static (steps, retention, shards) => Run(steps, Retentions[retention], shards), iter: 600);

    [Fact]
    public void Who_wants_the_latest_gets_entries_in_order_never_twice_and_ends_with_the_newest() =>
        Gen.Select(Steps, Gen.Int[0, 3], Gen.Int[1, 2]).Sample(
            static (steps, retention, shards) => Run(steps, Retentions[retention], shards, static follower => follower < 4 ? Delivery.Latest : Delivery.All),
            iter: 600);

    private static void Run(Step[] steps, Retention retention, int shards, Func<int, Delivery>? delivery = null)
    {
        using var world = new DeliveryWorld(Framings, retention, shards, delivery);
        foreach (Step step in steps)
        {
            Follower follower = world.Followers[step.Who];
            switch (step.Kind)
            {
                case 0 or 1 or 2:
                    world.Publish(step.Who, 1 + (step.A % 12), step.B % 10 == 0 ? 3000 : step.B % 300);
                    break;
                case 3:
                    world.Rooms.Time.Advance(TimeSpan.FromMilliseconds(step.A * 4));
                    world.NoteTrims();
                    break;
                case 4 or 5:
                    follower.Connect();
                    follower.Join(step.A % DeliveryWorld.RoomCount, step.B);
                    break;
                case 6:
                    follower.Leave(step.A % DeliveryWorld.RoomCount);
                    break;
                case 7:
                    follower.Disconnect(atOnce: step.A % 2 == 0);
                    break;
                case 8:
                    follower.SendControl();
                    break;
                case 9:
                    follower.Take = (step.A % 4) switch
                    {
                        0 => null,
                        1 => static _ => 0,
                        2 => static length => Math.Min(length, 1),
                        _ => length => step.B % (length + 1),
                    };
                    break;
                case 10 or 11:
                    follower.Let(step.B % 7 == 0 ? int.MaxValue : step.A % 40);
                    break;
                case 12 or 13:
                    world.Rooms.Queue.RunOne(step.A);
                    break;
                case 14:
                    world.Rooms.Queue.RunAll();
                    break;
                case 15:
                    follower.Disconnect(atOnce: true);
                    follower.Connect();
                    follower.JoinAgain();
                    break;
            }
        }

        world.Finish();
    }

    private readonly record struct Step(int Kind, int Who, int A, int B);
}
