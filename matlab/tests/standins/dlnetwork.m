function net = dlnetwork(layers)
    % DLNETWORK  Stand-in for the toolbox's class: keeps what it is made of.

    net = standin.network(layers, false);
end
