var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddGodwit();
var app = builder.Build();
app.MapGodwit("/rt");
app.Run();
