python -I -c '
import json, os
actions = json.load(open("out/plan.json"))["actions"]
names = {a["model"] for a in actions if a["action"] in {"compile", "train", "register"}}
# A source is refreshed once, by whoever trains on it, else by one of those that read it.
names |= {a["readers"][0] for a in actions if a["action"] == "refresh" and names.isdisjoint(a["readers"])}
names = sorted(names)
if len(names) > 256:
    print(os.environ["WARNING"] + f"{len(names)} models are to be trained, and a matrix takes 256: the next run goes on")
with open("out/models.json", "w") as file:
    json.dump(names[:256], file)
'
echo "models=$(cat out/models.json)" >> "$OUTPUT"
